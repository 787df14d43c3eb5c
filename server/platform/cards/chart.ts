/** The frame of a chart in SVG: scales, axes, marks. Colours are classes of the page's style. */
import { type Markup, markup } from './markup.ts'
import { bothInSvg, type Words } from './words.ts'

const WIDTH = 480
/** Of a chart that has a line of the page for itself. */
const WIDE = 860
const HEIGHT = 330
const ROOM = { left: 58, right: 26, top: 26, bottom: 50 }

export interface Axis {
  readonly from: number
  readonly to: number
  readonly ticks: readonly number[]
  readonly format: (value: number) => string
  readonly words: Words
  /** `root` stretches what is near zero. */
  readonly scale?: 'root'
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Plane {
  /** Place of a value in the drawing, within the frame. */
  x(value: number): number
  y(value: number): number
}

const round = (value: number): number => Math.round(value * 10) / 10

function placer({ from, to, scale }: Axis, start: number, end: number): (value: number) => number {
  const at = scale === 'root' ? (value: number) => Math.sqrt(Math.max(0, value)) : (value: number) => value
  const [low, high] = [at(from), at(to)]
  return (value) => {
    const part = high > low ? (at(value) - low) / (high - low) : 0
    return round(start + Math.min(1, Math.max(0, part)) * (end - start))
  }
}

export function chart(
  title: Words,
  { x, y, wide = false }: { readonly x: Axis; readonly y: Axis; readonly wide?: boolean },
  draw: (plane: Plane) => Markup,
): Markup {
  const width = wide ? WIDE : WIDTH
  const [left, right] = [ROOM.left, width - ROOM.right]
  const [top, bottom] = [ROOM.top, HEIGHT - ROOM.bottom]
  const plane: Plane = { x: placer(x, left, right), y: placer(y, bottom, top) }
  const xTicks = x.ticks.map((value) => {
    const at = plane.x(value)
    return markup`<line class="grid" x1="${at}" x2="${at}" y1="${top}" y2="${bottom}"/><text class="tick" x="${at}" y="${bottom + 17}" text-anchor="middle">${x.format(value)}</text>`
  })
  const yTicks = y.ticks.map((value) => {
    const at = plane.y(value)
    return markup`<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}"/><text class="tick" x="${left - 7}" y="${at + 4}" text-anchor="end">${y.format(value)}</text>`
  })
  return markup`<figure><svg class="${wide ? 'broad' : 'narrow'}" viewBox="0 0 ${width} ${HEIGHT}" role="img"><title>${title.zh} ${title.en}</title>${xTicks}${yTicks}<path class="axis" d="M${left} ${top}V${bottom}H${right}" fill="none"/><text class="label" x="${left}" y="15">${bothInSvg(y.words)}</text><text class="label" x="${right}" y="${HEIGHT - 8}" text-anchor="end">${bothInSvg(x.words)}</text>${draw(plane)}</svg></figure>`
}

export const polyline = (plane: Plane, points: readonly Point[], className: string): Markup =>
  markup`<polyline class="${className}" fill="none" points="${points.map(({ x, y }) => `${plane.x(x)},${plane.y(y)}`).join(' ')}"/>`

/** The area between two lines over the same points. */
export function area(
  plane: Plane,
  points: readonly { readonly x: number; readonly low: number; readonly high: number }[],
  className: string,
): Markup {
  const upper = points.map(({ x, high }) => `${plane.x(x)},${plane.y(high)}`)
  const lower = [...points].reverse().map(({ x, low }) => `${plane.x(x)},${plane.y(low)}`)
  return markup`<polygon class="${className}" points="${[...upper, ...lower].join(' ')}"/>`
}

export const dot = (plane: Plane, { x, y }: Point, className: string): Markup =>
  markup`<circle class="${className}" cx="${plane.x(x)}" cy="${plane.y(y)}" r="3.5"/>`

/** A vertical bar of uncertainty with its ends marked. */
export function errorBar(plane: Plane, x: number, from: number, to: number, className: string): Markup {
  const [at, low, high] = [plane.x(x), plane.y(from), plane.y(to)]
  return markup`<path class="${className}" fill="none" d="M${at} ${low}V${high}M${at - 4} ${low}h8M${at - 4} ${high}h8"/>`
}

export function sidewaysBar(plane: Plane, y: number, from: number, to: number, className: string): Markup {
  const [at, low, high] = [plane.y(y), plane.x(from), plane.x(to)]
  return markup`<path class="${className}" fill="none" d="M${low} ${at}H${high}M${low} ${at - 4}v8M${high} ${at - 4}v8"/>`
}

/** Shares from 0 to 100 %. */
export const shareAxis = (words: Words): Axis => ({
  ...{ from: 0, to: 1, words },
  ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
  format: (value) => `${Math.round(100 * value)}%`,
})
