// Reads codes from the camera, and from a chosen picture.
import "../vendor/jsqr.js";

const SIDE = 480;
const PAUSE = 120;

export class Camera {
  constructor(video, onText) {
    this.video = video;
    this.onText = onText;
    this.canvas = document.createElement("canvas");
    this.stream = null;
  }

  async start() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("no camera");
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    this.video.srcObject = this.stream;
    await this.video.play();
    this.loop();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }

  async loop() {
    if (!this.stream) return;
    const { videoWidth: width, videoHeight: height } = this.video;
    if (width && !document.hidden) {
      const side = Math.min(width, height);
      const text = look(this.canvas, this.video, [(width - side) / 2, (height - side) / 2, side, side], SIDE, SIDE);
      if (text) await this.onText(text).catch(() => {});
    }
    setTimeout(() => this.loop(), PAUSE);
  }
}

export async function readPicture(file) {
  const picture = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  for (const longest of [800, 1600, 400]) {
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
    const text = look(canvas, picture, [0, 0, picture.width, picture.height], width, height);
    if (text) return text;
  }
  return null;
}

function look(canvas, source, [x, y, w, h], width, height) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, x, y, w, h, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height);
  return self.jsQR(pixels.data, width, height, { inversionAttempts: "dontInvert" })?.data ?? null;
}
