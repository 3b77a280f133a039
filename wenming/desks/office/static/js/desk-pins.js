// Drawing the pins of <desk-map>: the five looks of the house as small pictures, stamped once for each place.
export const GROUP = 26
const SIZE = 24
// From so many on, places are put together more widely, so that the map stays calm.
const MANY = 400
const URGENCY = ["late", "soon", "go", "hold", "done"]
const stamps = new Map()

// Draws the groups in sight, and returns them with their places on the screen.
export function drawn(map) {
  const pen = map.canvas.getContext("2d")
  const ratio = window.devicePixelRatio || 1
  const colour = colours(map)
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  pen.clearRect(0, 0, map.width, map.height)
  const groups = grouped(map)
  for (const group of groups) stamp(pen, colour, group, ratio)
  mark(pen, colour, map, map.pointed, ring)
  mark(pen, colour, map, map.number, here)
  if (map.held && map.held.box) box(pen, colour, map.held)
  return groups
}

// Cells lie fast on the ground, so that pins do not regroup while the map is dragged. The most urgent comes last, on top.
function grouped(map) {
  const cells = new Map()
  const { scale, flat } = map.view
  const wide = map.pins.length > MANY ? 1.5 * GROUP : GROUP
  for (const pin of map.pins) {
    const [x, y] = map.place(pin[1], pin[2])
    if (x < -GROUP || y < -GROUP || x > map.width + GROUP || y > map.height + GROUP) continue
    const cell = `${Math.floor((pin[1] * scale) / wide)} ${Math.floor((pin[2] * scale) / flat / wide)}`
    const group = cells.get(cell)
    if (!group) cells.set(cell, { x, y, look: pin[3], pins: [pin] })
    else {
      group.pins.push(pin)
      if (URGENCY.indexOf(pin[3]) < URGENCY.indexOf(group.look)) Object.assign(group, { x, y, look: pin[3] })
    }
  }
  return [...cells.values()].sort((one, other) => URGENCY.indexOf(other.look) - URGENCY.indexOf(one.look))
}

function stamp(pen, colour, { x, y, look, pins }, ratio) {
  pen.drawImage(picture(look, colour, ratio), x - SIZE / 2, y - SIZE / 2, SIZE, SIZE)
  if (pins.length < 2) return
  pen.font = "600 12px sans-serif"
  pen.lineWidth = 3
  pen.strokeStyle = colour("paper")
  pen.fillStyle = colour("ink")
  pen.strokeText(pins.length, x + 8, y - 6)
  pen.fillText(pins.length, x + 8, y - 6)
}

function picture(look, colour, ratio) {
  const key = `${look} ${colour(look)} ${ratio}`
  if (!stamps.has(key)) stamps.set(key, painted(look, colour, ratio))
  return stamps.get(key)
}

function painted(look, colour, ratio) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE * ratio, height: SIZE * ratio })
  const pen = canvas.getContext("2d")
  pen.setTransform(ratio, 0, 0, ratio, (SIZE / 2) * ratio, (SIZE / 2) * ratio)
  const paint = SHAPES[look] || SHAPES.go
  paint(pen, colour)
  return canvas
}

// The same shapes as the status tags, so that colour never speaks alone.
const SHAPES = {
  late(pen, colour) {
    path(pen, [[-4, -9], [4, -9], [9, -4], [9, 4], [4, 9], [-4, 9], [-9, 4], [-9, -4]])
    outline(pen, colour("surface"), colour("late"))
    lines(pen, colour("surface"), [[0, -5, 0, 1], [0, 4, 0, 5]])
  },
  soon(pen, colour) {
    path(pen, [[0, -9], [10, 8], [-10, 8]])
    outline(pen, colour("soon-ink"), colour("soon"), 1.5)
  },
  go(pen, colour) {
    circle(pen, colour("go"), colour("surface"))
    pen.beginPath()
    pen.arc(0, 0, 8, Math.PI / 2, (3 * Math.PI) / 2)
    pen.fillStyle = colour("go")
    pen.fill()
  },
  hold(pen, colour) {
    path(pen, [[-8, -8], [8, -8], [8, 8], [-8, 8]])
    outline(pen, colour("hold-ink"), colour("surface"))
    lines(pen, colour("hold-ink"), [[-3, -3, -3, 3], [3, -3, 3, 3]])
  },
  done(pen, colour) {
    circle(pen, colour("surface"), colour("done"))
  },
}

function path(pen, points) {
  pen.beginPath()
  points.forEach(([x, y], at) => (at ? pen.lineTo(x, y) : pen.moveTo(x, y)))
  pen.closePath()
}

function outline(pen, edge, fill, width = 2) {
  Object.assign(pen, { strokeStyle: edge, fillStyle: fill, lineWidth: width })
  pen.fill()
  pen.stroke()
}

function circle(pen, edge, fill) {
  pen.beginPath()
  pen.arc(0, 0, 8, 0, 2 * Math.PI)
  outline(pen, edge, fill)
}

function lines(pen, colour, strokes) {
  Object.assign(pen, { strokeStyle: colour, lineWidth: 2 })
  for (const [x, y, toX, toY] of strokes) {
    pen.beginPath()
    pen.moveTo(x, y)
    pen.lineTo(toX, toY)
    pen.stroke()
  }
}

function mark(pen, colour, map, number, draw) {
  const pin = number && map.pins.find(([one]) => one === number)
  if (!pin) return
  const [x, y] = map.place(pin[1], pin[2])
  pen.save()
  pen.translate(x, y)
  draw(pen, colour)
  pen.restore()
}

function ring(pen, colour) {
  pen.beginPath()
  pen.arc(0, 0, 15, 0, 2 * Math.PI)
  Object.assign(pen, { strokeStyle: colour("brand"), lineWidth: 3 })
  pen.stroke()
}

function here(pen, colour) {
  const drop = new Path2D("M0 0C-8-12-11-16-11-22a11 11 0 0 1 22 0C11-16 8-12 0 0z")
  Object.assign(pen, { strokeStyle: colour("surface"), fillStyle: colour("brand"), lineWidth: 2 })
  pen.fill(drop)
  pen.stroke(drop)
  pen.beginPath()
  pen.arc(0, -22, 4, 0, 2 * Math.PI)
  pen.fillStyle = colour("surface")
  pen.fill()
}

function box(pen, colour, { x, y, lastX, lastY }) {
  Object.assign(pen, { strokeStyle: colour("brand"), lineWidth: 2 })
  pen.setLineDash([6, 4])
  pen.strokeRect(x, y, lastX - x, lastY - y)
  pen.setLineDash([])
}

function colours(element) {
  const style = getComputedStyle(element)
  return (name) => style.getPropertyValue(`--${name}`).trim()
}
