/* The worker that finds symbols in the camera's pictures. It is the only place where WebAssembly may run: the policy of
   this file allows it (cellchain/web/security.py), and no page's does.

   A message {width, height, pixels} is answered with {symbols: [{text, aim}]}; the first answer is {ready: true}. */

importScripts("/static/vendor/zxing-reader.js");

const { prepareZXingModule, readBarcodes } = self.ZXingWASM;
const OPTIONS = {
  formats: ["DataMatrix", "Code128", "QRCode"],
  // "Plain" keeps a separator (GS) as the one character that a reader would send for it.
  textMode: "Plain",
  maxNumberOfSymbols: 4,
  // A picture scaled down for a second try can show a symbol that is not there.
  tryDownscale: false,
};

self.onmessage = async ({ data: { width, height, pixels } }) => {
  const found = await readBarcodes(new ImageData(new Uint8ClampedArray(pixels), width, height), OPTIONS);
  const whole = found.filter((symbol) => symbol.isValid && symbol.text !== "");
  self.postMessage({ symbols: whole.map(({ text, symbologyIdentifier }) => ({ text, aim: symbologyIdentifier })) });
};

// Told as a message, because a worker whose promise fails says nothing to its page.
prepareZXingModule({ overrides: { locateFile: (name) => `/static/vendor/${name}` }, fireImmediately: true }).then(
  () => self.postMessage({ ready: true }),
  () => self.postMessage({ failed: true }),
);
