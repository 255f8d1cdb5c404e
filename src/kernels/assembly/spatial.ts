/** What walks over an image [height, width, channels]: im2col, depthwise convolutions and sums over windows. */

/** `count` words; a run shorter than a vector goes word by word, a longer one ends with an overlapping vector. */
// @ts-ignore: decorator
@inline
function copyWords(to: usize, from: usize, count: i32): void {
  if (count < 4) {
    for (let i = 0; i < count; i++) {
      store<u32>(to, load<u32>(from));
      to += 4;
      from += 4;
    }
    return;
  }
  const last = (<usize>(count - 4)) << 2;
  for (let q: usize = 0; q < last; q += 16) v128.store(to + q, v128.load(from + q));
  v128.store(to + last, v128.load(from + last));
}

// @ts-ignore: decorator
@inline
function clearWords(to: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    store<u32>(to, 0);
    to += 4;
  }
}

/**
 * The windows of output positions [first, first + count), one row each, in the order of HWIO weights. Lengths are in
 * words: a pixel is `pixel` words apart from the next and gives `run` of them (one group's channels).
 */
export function im2col(
  x: usize,
  height: i32,
  width: i32,
  pixel: i32,
  run: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  padTop: i32,
  padLeft: i32,
  outWidth: i32,
  first: i32,
  count: i32,
  out: usize,
): void {
  const rowWords = kernelWidth * run;
  const rowBytes = (<usize>rowWords) << 2;
  const contiguous = dilationWidth == 1 && run == pixel;
  const reach = (kernelHeight - 1) * dilationHeight;
  const nextRow = (<usize>(dilationHeight * width * pixel)) << 2;
  let oy = first / outWidth;
  let ox = first - oy * outWidth;
  for (let i = 0; i < count; i++) {
    const top = oy * strideHeight - padTop;
    const left = ox * strideWidth - padLeft;
    const inside = contiguous && top >= 0 && left >= 0 && top + reach < height && left + kernelWidth <= width;
    if (inside) {
      let from = x + ((<usize>(top * width + left) * pixel) << 2);
      for (let ky = 0; ky < kernelHeight; ky++) {
        copyWords(out, from, rowWords);
        out += rowBytes;
        from += nextRow;
      }
    }
    for (let ky = inside ? kernelHeight : 0; ky < kernelHeight; ky++) {
      const y = top + ky * dilationHeight;
      if (y < 0 || y >= height) {
        clearWords(out, rowWords);
        out += rowBytes;
        continue;
      }
      const line = x + ((<usize>y * width * pixel) << 2);
      if (contiguous) {
        const before = min(kernelWidth, max(0, -left));
        const after = max(before, min(kernelWidth, width - left));
        clearWords(out, before * run);
        out += (<usize>(before * run)) << 2;
        copyWords(out, line + ((<usize>(left + before) * run) << 2), (after - before) * run);
        out += (<usize>((after - before) * run)) << 2;
        clearWords(out, (kernelWidth - after) * run);
        out += (<usize>((kernelWidth - after) * run)) << 2;
      } else {
        for (let kx = 0; kx < kernelWidth; kx++) {
          const px = left + kx * dilationWidth;
          if (px < 0 || px >= width) clearWords(out, run);
          else copyWords(out, line + ((<usize>px * pixel) << 2), run);
          out += (<usize>run) << 2;
        }
      }
    }
    if (++ox == outWidth) {
      ox = 0;
      oy++;
    }
  }
}

// @ts-ignore: decorator
@inline
function repeat<T>(x: usize, count: i32, times: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    const value = load<T>(x);
    for (let j = 0; j < times; j++) {
      store<T>(out, value);
      out += sizeof<T>();
    }
    x += sizeof<T>();
  }
}

/** Each element of x `times` times: what a depthwise convolution with a channel multiplier reads. */
export function repeat32(x: usize, count: i32, times: i32, out: usize): void {
  repeat<u32>(x, count, times, out);
}

export function repeat64(x: usize, count: i32, times: i32, out: usize): void {
  repeat<u64>(x, count, times, out);
}

/** The first kernel row (column) that falls on the image, for a window that starts at `start`. */
// @ts-ignore: decorator
@inline
function firstInside(start: i32, dilation: i32): i32 {
  return start < 0 ? (-start + dilation - 1) / dilation : 0;
}

/** One past the last kernel row (column) that falls on the image. */
// @ts-ignore: decorator
@inline
function endInside(start: i32, dilation: i32, kernel: i32, extent: i32): i32 {
  return start >= extent ? 0 : min(kernel, (extent - 1 - start) / dilation + 1);
}

// @ts-ignore: decorator
@inline
function depthwise<T>(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  w: usize,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  padTop: i32,
  padLeft: i32,
  outHeight: i32,
  outWidth: i32,
  out: usize,
): void {
  const bytes = <usize>channels * sizeof<T>();
  const whole = bytes & ~(<usize>31);
  const stepX = <usize>dilationWidth * bytes;
  for (let oy = 0; oy < outHeight; oy++) {
    const top = oy * strideHeight - padTop;
    const ky0 = firstInside(top, dilationHeight);
    const ky1 = endInside(top, dilationHeight, kernelHeight, height);
    for (let ox = 0; ox < outWidth; ox++) {
      const left = ox * strideWidth - padLeft;
      const kx0 = firstInside(left, dilationWidth);
      const kx1 = endInside(left, dilationWidth, kernelWidth, width);
      let q: usize = 0;
      for (; q < whole; q += 32) {
        let s0 = v128.splat<T>(0);
        let s1 = v128.splat<T>(0);
        for (let ky = ky0; ky < ky1; ky++) {
          const y = top + ky * dilationHeight;
          let from = x + <usize>(y * width + left + kx0 * dilationWidth) * bytes + q;
          let weight = w + <usize>(ky * kernelWidth + kx0) * bytes + q;
          for (let kx = kx0; kx < kx1; kx++) {
            s0 = v128.add<T>(s0, v128.mul<T>(v128.load(from), v128.load(weight)));
            s1 = v128.add<T>(s1, v128.mul<T>(v128.load(from, 16), v128.load(weight, 16)));
            from += stepX;
            weight += bytes;
          }
        }
        v128.store(out + q, s0);
        v128.store(out + q, s1, 16);
      }
      for (; q < bytes; q += sizeof<T>()) {
        let sum: T = 0;
        for (let ky = ky0; ky < ky1; ky++) {
          const y = top + ky * dilationHeight;
          let from = x + <usize>(y * width + left + kx0 * dilationWidth) * bytes + q;
          let weight = w + <usize>(ky * kernelWidth + kx0) * bytes + q;
          for (let kx = kx0; kx < kx1; kx++) {
            sum += load<T>(from) * load<T>(weight);
            from += stepX;
            weight += bytes;
          }
        }
        store<T>(out + q, sum);
      }
      out += bytes;
    }
  }
}

/** Depthwise convolution of one image; w is [kernelHeight, kernelWidth, channels]. */
export function depthwise32(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  w: usize,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  padTop: i32,
  padLeft: i32,
  outHeight: i32,
  outWidth: i32,
  out: usize,
): void {
  depthwise<u32>(
    x,
    height,
    width,
    channels,
    w,
    kernelHeight,
    kernelWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    padTop,
    padLeft,
    outHeight,
    outWidth,
    out,
  );
}

export function depthwise64(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  w: usize,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  padTop: i32,
  padLeft: i32,
  outHeight: i32,
  outWidth: i32,
  out: usize,
): void {
  depthwise<u64>(
    x,
    height,
    width,
    channels,
    w,
    kernelHeight,
    kernelWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    padTop,
    padLeft,
    outHeight,
    outWidth,
    out,
  );
}

// @ts-ignore: decorator
@inline
function sumWindows<T>(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  padTop: i32,
  padLeft: i32,
  outHeight: i32,
  outWidth: i32,
  out: usize,
): void {
  const bytes = <usize>channels * sizeof<T>();
  const whole = bytes & ~(<usize>15);
  for (let oy = 0; oy < outHeight; oy++) {
    const top = oy * strideHeight - padTop;
    const y0 = max(top, 0);
    const y1 = min(top + windowHeight, height);
    for (let ox = 0; ox < outWidth; ox++) {
      const left = ox * strideWidth - padLeft;
      const x0 = max(left, 0);
      const x1 = min(left + windowWidth, width);
      memory.fill(out, 0, bytes);
      for (let y = y0; y < y1; y++) {
        let from = x + <usize>(y * width + x0) * bytes;
        for (let px = x0; px < x1; px++) {
          let q: usize = 0;
          for (; q < whole; q += 16) v128.store(out + q, v128.add<T>(v128.load(out + q), v128.load(from + q)));
          for (; q < bytes; q += sizeof<T>()) store<T>(out + q, load<T>(out + q) + load<T>(from + q));
          from += bytes;
        }
      }
      out += bytes;
    }
  }
}

/** The sums over the windows of one image; padding adds nothing. */
export function sumWindows32(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  padTop: i32,
  padLeft: i32,
  outHeight: i32,
  outWidth: i32,
  out: usize,
): void {
  sumWindows<u32>(
    x,
    height,
    width,
    channels,
    windowHeight,
    windowWidth,
    strideHeight,
    strideWidth,
    padTop,
    padLeft,
    outHeight,
    outWidth,
    out,
  );
}

export function sumWindows64(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  padTop: i32,
  padLeft: i32,
  outHeight: i32,
  outWidth: i32,
  out: usize,
): void {
  sumWindows<u64>(
    x,
    height,
    width,
    channels,
    windowHeight,
    windowWidth,
    strideHeight,
    strideWidth,
    padTop,
    padLeft,
    outHeight,
    outWidth,
    out,
  );
}
