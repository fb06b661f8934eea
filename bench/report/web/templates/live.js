// Only in pages that `bench report --watch` writes: reloads the page when the report was made again.
(() => {
  const token = "TOKEN";
  const memory = `ninbench ${location.pathname}`;
  const details = () => [...document.querySelectorAll("main details")];
  const bar = document.createElement("aside");
  bar.id = "live";
  bar.setAttribute("aria-label", "The run that this report follows");
  const sheet = document.createElement("style");
  sheet.textContent = `
    #live { position: fixed; inset: auto 0 0; z-index: 9; max-height: 40vh; overflow-y: auto; padding: 0.4rem clamp(1rem, 3vw, 3rem);
      background: var(--tint); border-top: 1px solid var(--line); font-size: 0.9rem; }
    #live p, #live ul { margin: 0; padding: 0; list-style: none; }
    #live li { display: inline-flex; align-items: center; gap: 0.5rem; margin-right: 1.6rem; }
    #live svg { width: 6rem; height: 1.5rem; overflow: visible; color: var(--link); flex: none; }
    body { padding-bottom: 9rem; }
    @media print { #live { display: none; } }`;
  document.head.append(sheet);
  document.body.append(bar);

  const keep = (value) => { try { sessionStorage.setItem(memory, JSON.stringify(value)); } catch { /* no storage */ } };
  const kept = () => { try { return JSON.parse(sessionStorage.getItem(memory)); } catch { return null; } };
  const before = kept();
  if (before) {
    details().forEach((one, index) => { if (index < before.open.length) one.open = before.open[index]; });
    const back = () => scrollTo({ top: before.top, left: before.left, behavior: "instant" });
    back();
    addEventListener("load", back, { once: true });
    try { sessionStorage.removeItem(memory); } catch { /* no storage */ }
  }

  const curve = ({ points, epochs, planned }) => {
    const last = (points[points.length - 1][0] * Math.max(planned, epochs)) / epochs;
    const path = points.map(([images, share]) => `${(96 * images) / last},${24 - 24 * share}`).join(" ");
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("viewBox", "0 0 96 24");
    drawing.setAttribute("aria-hidden", "true");
    const stroke = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    stroke.setAttribute("points", `0,24 ${path}`);
    stroke.setAttribute("fill", "none");
    stroke.setAttribute("stroke", "currentColor");
    stroke.setAttribute("stroke-width", "2");
    drawing.append(stroke);
    return drawing;
  };
  let shown = "";
  const show = (state) => {
    const text = JSON.stringify([state.line, state.runs]);
    if (text === shown) return;
    shown = text;
    const first = document.createElement("p");
    first.textContent = state.line;
    const list = document.createElement("ul");
    for (const run of state.runs.filter((one) => one.points.length)) {
      const item = document.createElement("li");
      const share = run.points[run.points.length - 1][1];
      item.append(curve(run), `${run.name}: epoch ${run.epochs} of ${run.planned}, validation accuracy ${share.toFixed(3)}`);
      list.append(item);
    }
    bar.replaceChildren(first, ...(list.children.length ? [list] : []));
  };

  let timer = 0;
  window.ninbenchLive = (state) => {
    if (state.token === token) return show(state);
    keep({ top: scrollY, left: scrollX, open: details().map((one) => one.open) });
    location.reload();
  };
  const ask = () => {
    const script = document.createElement("script");
    script.src = `live.js?${Date.now()}`;
    script.onload = () => { script.remove(); timer = setTimeout(ask, 2000); };
    script.onerror = () => { script.remove(); bar.remove(); clearTimeout(timer); };
    document.head.append(script);
  };
  ask();
})();
