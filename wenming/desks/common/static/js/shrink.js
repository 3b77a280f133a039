// Photos leave the phone at 1600 px on the long side and at most 350 KB.

const MOST_BYTES = 350 * 1024
// Detail is given up before size: leaves and gravel at 1600 px can need the lowest quality and still not fit.
const LONG_SIDES = [1600, 1280, 960, 640]
const QUALITIES = [0.85, 0.7, 0.5]

/** A JPEG small enough to send; the original when this browser cannot open it (HEIC); null for what is no picture. */
export async function shrink(file) {
  if (!file.type.startsWith("image/")) return /\.(heic|heif)$/i.test(file.name) ? file : null
  const picture = await decode(file)
  if (!picture) return /hei[cf]/.test(file.type) ? file : null
  if (file.size <= MOST_BYTES && Math.max(picture.width, picture.height) <= LONG_SIDES[0]) return file
  for (const side of LONG_SIDES) {
    const canvas = drawn(picture, side)
    for (const quality of QUALITIES) {
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality))
      if (blob && blob.size <= MOST_BYTES) return named(blob, file)
    }
  }
  return file
}

async function decode(file) {
  try {
    // An <img>, not createImageBitmap: it turns the picture upright by its EXIF in every browser we serve.
    const image = new Image()
    image.src = URL.createObjectURL(file)
    await image.decode()
    return image
  } catch {
    return null
  }
}

function drawn(picture, side) {
  const width = picture.naturalWidth
  const height = picture.naturalHeight
  const scale = Math.min(1, side / Math.max(width, height))
  const canvas = document.createElement("canvas")
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height)
  return canvas
}

const named = (blob, file) =>
  new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified })
