/** Draws series by Chart.js: the only file that knows it, loaded by those who see a chart. */

import {
  ArcElement,
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PieController,
  PointElement,
  Tooltip,
  type ChartConfiguration,
  type ChartDataset,
} from "chart.js";
import type { Chart as Kind } from "#lib/contract/types.ts";
import { colourAt, type Series } from "./series.ts";

Chart.register(
  ArcElement,
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PieController,
  PointElement,
  Tooltip,
);

export interface Drawing {
  kind: Kind;
  series: Series;
  /** How a number is written beside a point, and at the axis. */
  written: (value: number) => string;
  /** Called with the number of a label, and of a set, that was pressed. */
  pick?: ((label: number, set: number) => void) | undefined;
}

type Configuration = ChartConfiguration<Kind, (number | null)[], string>;

/** Draws on `canvas`; what it answers takes the drawing away again. */
export function draw(canvas: HTMLCanvasElement, drawing: Drawing): () => void {
  const chart = new Chart(canvas, configuration(canvas, drawing));
  return () => chart.destroy();
}

function configuration(canvas: HTMLCanvasElement, drawing: Drawing): Configuration {
  const { kind, series } = drawing;
  const token = tokens(canvas);
  const axes = { x: axis(token), y: { ...axis(token), beginAtZero: true } };
  return {
    type: kind,
    data: { labels: series.labels, datasets: datasets(drawing, token) },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      scales: kind === "pie" ? {} : withTicks(axes, drawing.written),
      onClick: (_, found) => {
        const [first] = found;
        if (first !== undefined) drawing.pick?.(first.index, first.datasetIndex);
      },
      plugins: plugins(drawing, token),
    },
  };
}

type Token = (name: string) => string;

/** The colours that hold where the canvas is. */
function tokens(canvas: HTMLCanvasElement): Token {
  const style = getComputedStyle(canvas);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

function axis(token: Token) {
  return {
    grid: { color: token("line") },
    border: { color: token("line-strong") },
    ticks: { color: token("ink-2"), font: { family: "inherit" } },
  };
}

function withTicks<A extends ReturnType<typeof axis>>(
  axes: { x: A; y: A },
  written: Drawing["written"],
) {
  const callback = (value: string | number) => written(Number(value));
  return { ...axes, y: { ...axes.y, ticks: { ...axes.y.ticks, callback } } };
}

function datasets(drawing: Drawing, token: Token): ChartDataset<Kind, (number | null)[]>[] {
  return drawing.series.sets.map((set, n) => {
    const colour = coloursOf(drawing, n, token);
    return {
      label: set.label,
      data: set.values,
      backgroundColor: colour,
      borderColor: drawing.kind === "pie" ? token("surface") : colour,
      borderWidth: drawing.kind === "bar" ? 0 : 2,
      maxBarThickness: 48,
    } as ChartDataset<Kind, (number | null)[]>;
  });
}

/** Slices have a colour each; bars, too, where they have one of their own. */
function coloursOf(drawing: Drawing, n: number, token: Token): string | string[] {
  const { kind, series } = drawing;
  const own = series.colours;
  if (kind === "pie" || (kind === "bar" && series.sets.length === 1 && own)) {
    const plain = kind === "pie" ? colourAt : () => colourAt(0);
    return series.labels.map((_, label) => token(own?.[label] ?? plain(label)));
  }
  return token(colourAt(n));
}

function plugins({ kind, series, written }: Drawing, token: Token) {
  return {
    legend: {
      display: kind === "pie" || series.sets.length > 1,
      position: kind === "pie" ? ("right" as const) : ("bottom" as const),
      labels: { color: token("ink-2"), boxWidth: 12 },
    },
    tooltip: {
      callbacks: {
        label: (point: { raw: unknown; dataset: { label?: string | undefined } }) => {
          const value = written(Number(point.raw));
          return kind === "pie" ? value : `${point.dataset.label ?? ""}: ${value}`;
        },
      },
    },
  };
}
