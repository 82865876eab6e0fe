/* Draws the charts of a page from the JSON beside them; folds code and numbers away; saves pictures. */
"use strict";
document.documentElement.classList.add("js");

(() => {
  const narrow = window.matchMedia("(max-width: 640px)");
  const PRINT_WIDTH = 660; // of a sheet's text; charts are drawn lower there, so that two fit on one
  const charts = [];

  const isPlain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

  const merged = (base, change) => {
    const result = { ...base };
    for (const [key, value] of Object.entries(change)) {
      result[key] = isPlain(value) && isPlain(base[key]) ? merged(base[key], value) : value;
    }
    return result;
  };

  const unshared = (trace, lists) =>
    Object.fromEntries(Object.entries(trace).map(([key, value]) =>
      [key, isPlain(value) && "shared" in value ? lists[value.shared] : value]));

  const read = (figure) => {
    const content = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    return { ...content, data: content.data.map((trace) => unshared(trace, content.shared)) };
  };

  const address = document.currentScript.dataset.plotly;
  let loading;
  const plotly = () => { // large: read when the first chart is to be drawn
    loading ??= window.Plotly || new Promise((loaded, lost) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = loaded;
      script.onerror = () => lost(new Error(`${address} cannot be read`));
      document.head.append(script);
    });
    return loading;
  };

  const draw = (chart, width) => {
    const small = width === undefined && narrow.matches;
    const layout = merged(chart.content.layout, small ? chart.content.narrow : {});
    layout.autosize = false;
    layout.width = width || chart.plot.clientWidth;
    if (width) layout.height = Math.min(layout.height, layout.height > 400 ? 800 : 280);
    return window.Plotly.react(chart.plot, structuredClone(chart.content.data), layout,
      { displayModeBar: false, scrollZoom: false, showTips: false });
  };

  const failed = (figure, error) => {
    figure.dataset.drawn = "no";
    figure.querySelector(".plot").hidden = true;
    figure.querySelector(".failed").hidden = false;
    figure.querySelector("details.numbers").open = true;
    console.error(figure.id, error);
  };

  const start = async (figure) => {
    try {
      await plotly();
      const chart = { figure, plot: figure.querySelector(".plot"), content: read(figure) };
      await draw(chart);
      figure.dataset.drawn = "yes";
      charts.push(chart);
    } catch (error) {
      failed(figure, error);
    }
  };

  const download = (url, name) => {
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
  };

  const saveMap = async (figure, format) => {
    const source = figure.querySelector("svg.tiles").cloneNode(true);
    source.setAttribute("viewBox", source.dataset.frame); // title, legend and source lie around the tiles
    source.querySelector(".frame").removeAttribute("display");
    const [, , width, height] = source.dataset.frame.split(" ").map(Number);
    source.setAttribute("width", width);
    source.setAttribute("height", height);
    const words = new XMLSerializer().serializeToString(source);
    const url = URL.createObjectURL(new Blob([words], { type: "image/svg+xml" }));
    const name = figure.dataset.name;
    if (format === "svg") return download(url, `${name}.svg`);
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return download(canvas.toDataURL("image/png"), `${name}.png`);
  };

  const save = async (figure, format) => {
    if (figure.classList.contains("map")) return saveMap(figure, format);
    await plotly();
    const content = read(figure);
    const layout = merged(content.layout, content.export);
    layout.annotations = [...(content.layout.annotations || []), ...content.export.annotations];
    return window.Plotly.downloadImage({ data: content.data, layout },
      { format, filename: figure.dataset.name, width: layout.width, height: layout.height, scale: format === "png" ? 2 : 1 });
  };

  // A chart in sight is drawn at once, the others as soon as somebody is there to read or print them.
  const drawInTurn = (figures) => {
    const left = new Set(figures);
    let turn = Promise.resolve();
    const end = () => { if (!left.size) turn.then(() => { document.documentElement.dataset.charts = "done"; }); };
    const queue = (figure) => {
      if (!left.delete(figure)) return;
      turn = turn.then(() => start(figure)).then(() => new Promise((done) => setTimeout(done))); // the page may answer
      end();
    };
    const sight = new IntersectionObserver(
      (seen) => seen.filter((one) => one.isIntersecting).forEach((one) => queue(one.target.closest("figure"))));
    figures.forEach((one) => sight.observe(one.querySelector(".plot")));
    for (const sign of ["scroll", "pointermove", "pointerdown", "keydown"]) {
      window.addEventListener(sign, () => figures.forEach(queue), { once: true, passive: true });
    }
    end();
  };

  const foldCode = () => {
    const button = document.getElementById("toggle-code");
    if (!button) return; // a single file has no code
    button.addEventListener("click", () => {
      const shown = document.documentElement.classList.toggle("show-code");
      button.setAttribute("aria-pressed", String(shown));
      button.textContent = shown ? button.dataset.hide : button.dataset.show;
      document.querySelectorAll("details.code").forEach((one) => { one.open = shown; });
    });
  };

  const keepPlace = () => {
    const link = document.querySelector("[data-keep-place]");
    link?.addEventListener("click", () => { link.hash = window.location.hash; });
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("details.numbers").forEach((one) => {
      one.open = false;
      one.classList.add("ready");
    });
    foldCode();
    keepPlace();
    document.querySelectorAll("[data-save]").forEach((button) =>
      button.addEventListener("click", () => save(button.closest("figure"), button.dataset.save)));

    const figures = [...document.querySelectorAll("figure.chart")];
    drawInTurn(figures);

    let waiting;
    let width = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth === width) return;
      width = window.innerWidth;
      clearTimeout(waiting);
      waiting = setTimeout(() => charts.forEach((chart) => draw(chart)), 120);
    });
    window.addEventListener("beforeprint", () => {
      charts.forEach((chart) => draw(chart, PRINT_WIDTH));
      figures.filter((one) => !one.dataset.drawn).forEach((one) => { one.querySelector("details.numbers").open = true; });
    });
    window.addEventListener("afterprint", () => charts.forEach((chart) => draw(chart)));
  });
})();
