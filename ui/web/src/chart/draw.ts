import type uPlot from "uplot";

/** What the pages paint over a chart's axes: levels, a band, single points, now. Sizes in CSS px. */

export interface LevelLine {
  value: number;
  label: string;
  /** Token of the colour of line and words. */
  token: string;
}

export interface Band {
  /** s since the epoch */
  times: number[];
  low: number[];
  high: number[];
}

export interface Dot {
  /** s since the epoch */
  time: number;
  value: number;
  /** Hollow: doubted. Crossed: known to be wrong. */
  look: "hollow" | "crossed";
  /** Codes of what quality control found. */
  flags: readonly string[];
}

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const ratio = () => devicePixelRatio;

/** Height of a level's word with its ground, px; words closer than this are moved apart. */
const WORD_PX = 14;

export function drawLevels(u: uPlot, levels: readonly LevelLine[]): void {
  const { ctx } = u;
  const r = ratio();
  ctx.save();
  ctx.font = `600 ${11 * r}px "Be Vietnam Pro", sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  let above = Number.POSITIVE_INFINITY;
  for (const { value, label, token: colour } of [...levels].sort((a, b) => a.value - b.value)) {
    const y = u.valToPos(value, "y", true);
    if (y < u.bbox.top - 1 || y > u.bbox.top + u.bbox.height + 1) continue;
    ctx.strokeStyle = token(colour);
    ctx.lineWidth = 1.5 * r;
    ctx.setLineDash([6 * r, 4 * r]);
    ctx.beginPath();
    ctx.moveTo(u.bbox.left, y);
    ctx.lineTo(u.bbox.left + u.bbox.width, y);
    ctx.stroke();
    const bottom = Math.min(y - 1.5 * r, above);
    if (bottom - WORD_PX * r < u.bbox.top) continue;
    above = bottom - WORD_PX * r;
    const x = u.bbox.left + 6 * r;
    ctx.fillStyle = token("--surface");
    ctx.globalAlpha = 0.82;
    ctx.fillRect(x - 3 * r, bottom - 13.5 * r, ctx.measureText(label).width + 6 * r, WORD_PX * r);
    ctx.globalAlpha = 1;
    ctx.fillStyle = token(colour);
    ctx.fillText(label, x, bottom);
  }
  ctx.restore();
}

export function drawBand(u: uPlot, band: Band): void {
  const { ctx } = u;
  if (band.times.length < 2) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  ctx.beginPath();
  band.times.forEach((time, i) => {
    const at = [u.valToPos(time, "x", true), u.valToPos(band.high[i] ?? 0, "y", true)] as const;
    if (i === 0) ctx.moveTo(...at);
    else ctx.lineTo(...at);
  });
  for (let i = band.times.length - 1; i >= 0; i -= 1) {
    ctx.lineTo(u.valToPos(band.times[i] ?? 0, "x", true), u.valToPos(band.low[i] ?? 0, "y", true));
  }
  ctx.closePath();
  ctx.fillStyle = token("--series");
  ctx.globalAlpha = 0.2;
  ctx.fill();
  ctx.restore();
}

/** A doubted reading is an empty ring; a wrong one is crossed, at the edge where it lies outside the picture. */
export function drawDots(u: uPlot, dots: readonly Dot[]): void {
  const { ctx } = u;
  const r = ratio();
  ctx.save();
  // The dashes of the line drawn last are still set.
  ctx.setLineDash([]);
  for (const { time, value, look } of dots) {
    const x = u.valToPos(time, "x", true);
    if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
    const bottom = u.bbox.top + u.bbox.height - 5 * r;
    const y = Math.min(Math.max(u.valToPos(value, "y", true), u.bbox.top + 5 * r), bottom);
    ctx.lineWidth = 1.75 * r;
    ctx.beginPath();
    if (look === "hollow") {
      ctx.arc(x, y, 4 * r, 0, 2 * Math.PI);
      ctx.fillStyle = token("--surface");
      ctx.fill();
      ctx.strokeStyle = token("--caution");
    } else {
      const d = 4 * r;
      ctx.moveTo(x - d, y - d);
      ctx.lineTo(x + d, y + d);
      ctx.moveTo(x + d, y - d);
      ctx.lineTo(x - d, y + d);
      ctx.strokeStyle = token("--bad");
    }
    ctx.stroke();
  }
  ctx.restore();
}

export function drawNow(u: uPlot, timeS: number, word: string): void {
  const { ctx } = u;
  const r = ratio();
  const x = u.valToPos(timeS, "x", true);
  if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) return;
  ctx.save();
  ctx.strokeStyle = token("--text-3");
  ctx.lineWidth = r;
  ctx.setLineDash([2 * r, 3 * r]);
  ctx.beginPath();
  ctx.moveTo(x, u.bbox.top);
  ctx.lineTo(x, u.bbox.top + u.bbox.height);
  ctx.stroke();
  ctx.font = `500 ${11 * r}px "Be Vietnam Pro", sans-serif`;
  ctx.fillStyle = token("--text-2");
  ctx.textAlign = "right";
  ctx.textBaseline = "top";
  ctx.fillText(word, x - 4 * r, u.bbox.top + 2 * r);
  ctx.restore();
}

/** The newest reading, where the eye looks for it. */
export function drawLast(u: uPlot, timeS: number, value: number): void {
  const { ctx } = u;
  ctx.save();
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.arc(u.valToPos(timeS, "x", true), u.valToPos(value, "y", true), 4 * ratio(), 0, 2 * Math.PI);
  ctx.fillStyle = token("--series");
  ctx.fill();
  ctx.lineWidth = 2 * ratio();
  ctx.strokeStyle = token("--surface");
  ctx.stroke();
  ctx.restore();
}
