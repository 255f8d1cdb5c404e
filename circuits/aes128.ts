/**
 * AES-128 encryption (FIPS 197) as a circuit of 6,400 ANDs: the known answer that garbling is tested against.
 *
 * The key is the garbler's 128 bits, the block the evaluator's, the ciphertext one output of 128 bits. Bit 8i + j of each
 * is bit j (least significant first) of byte i in the order of FIPS 197. There are 160 S-boxes in the rounds and 40 in the
 * key schedule, 32 ANDs each: the circuit of Boyar and Peralta (https://eprint.iacr.org/2009/191).
 * @module
 */

import { type Literal, TRUE } from '../src/core/gates.js';
import { CircuitBuilder } from './builder.js';
import type { Circuit } from './circuit.js';

const ROUNDS = 10;
const BLOCK_BITS = 128;

/** Eight literals, least significant first. */
type Byte = readonly Literal[];

/** Byte to byte: + is XOR, # is XNOR, * is AND; x0 and s0 are the most significant bits of the input and the output. */
const S_BOX = `
  y14=x3+x5 y13=x0+x6 y9=x0+x3 y8=x0+x5 t0=x1+x2 y1=t0+x7 y4=y1+x3 y12=y13+y14 y2=y1+x0 y5=y1+x6 y3=y5+y8 t1=x4+y12
  y15=t1+x5 y20=t1+x1 y6=y15+x7 y10=y15+t0 y11=y20+y9 y7=x7+y11 y17=y10+y11 y19=y10+y8 y16=t0+y11 y21=y13+y16 y18=x0+y16
  t2=y12*y15 t3=y3*y6 t4=t3+t2 t5=y4*x7 t6=t5+t2 t7=y13*y16 t8=y5*y1 t9=t8+t7 t10=y2*y7 t11=t10+t7 t12=y9*y11
  t13=y14*y17 t14=t13+t12 t15=y8*y10 t16=t15+t12 t17=t4+t14 t18=t6+t16 t19=t9+t14 t20=t11+t16 t21=t17+y20 t22=t18+y19
  t23=t19+y21 t24=t20+y18 t25=t21+t22 t26=t21*t23 t27=t24+t26 t28=t25*t27 t29=t28+t22 t30=t23+t24 t31=t22+t26
  t32=t31*t30 t33=t32+t24 t34=t23+t33 t35=t27+t33 t36=t24*t35 t37=t36+t34 t38=t27+t36 t39=t29*t38 t40=t25+t39
  t41=t40+t37 t42=t29+t33 t43=t29+t40 t44=t33+t37 t45=t42+t41
  z0=t44*y15 z1=t37*y6 z2=t33*x7 z3=t43*y16 z4=t40*y1 z5=t29*y7 z6=t42*y11 z7=t45*y17 z8=t41*y10 z9=t44*y12 z10=t37*y3
  z11=t33*y4 z12=t43*y13 z13=t40*y5 z14=t29*y2 z15=t42*y9 z16=t45*y14 z17=t41*y8
  t46=z15+z16 t47=z10+z11 t48=z5+z13 t49=z9+z10 t50=z2+z12 t51=z2+z5 t52=z7+z8 t53=z0+z3 t54=z6+z7 t55=z16+z17
  t56=z12+t48 t57=t50+t53 t58=z4+t46 t59=z3+t54 t60=t46+t57 t61=z14+t57 t62=t52+t58 t63=t49+t58 t64=z4+t59 t65=t61+t62
  t66=z1+t63 s0=t59+t63 s6=t56#t62 s7=t48#t60 t67=t64+t65 s3=t53+t66 s4=t51+t66 s5=t47+t65 s1=t64#s3 s2=t55#t67`
  .trim()
  .split(/\s+/)
  .map((step) => /^(\w+)=(\w+)([+#*])(\w+)$/.exec(step)!.slice(1) as [string, string, string, string]);

/** The circuit of one AES-128 encryption: 6,400 ANDs. */
export function buildAes128(): Circuit {
  const builder = new CircuitBuilder(BLOCK_BITS, BLOCK_BITS);
  let key = bytesOf(builder.garblerWord(0, BLOCK_BITS));
  let state = xorBytes(builder, bytesOf(builder.evaluatorWord(0, BLOCK_BITS)), key);
  for (let round = 1; round <= ROUNDS; round++) {
    key = nextRoundKey(builder, key, round);
    state = shiftRows(state.map((byte) => subByte(builder, byte)));
    if (round < ROUNDS) state = mixColumns(builder, state);
    state = xorBytes(builder, state, key);
  }
  return builder.build([{ kind: 'bits', bits: state.flat() }]);
}

/** The S-box of one byte: 32 ANDs. */
export function subByte(builder: CircuitBuilder, byte: readonly Literal[]): Literal[] {
  const wires = new Map<string, Literal>(byte.map((bit, i) => [`x${7 - i}`, bit]));
  for (const [target, left, operation, right] of S_BOX) {
    const [a, b] = [wires.get(left)!, wires.get(right)!];
    const joined = operation === '*' ? builder.and(a, b) : builder.xor(a, b);
    wires.set(target, operation === '#' ? builder.not(joined) : joined);
  }
  return byte.map((_, i) => wires.get(`s${7 - i}`)!);
}

/** FIPS 197, 5.2: four S-boxes on the rotated last word, then a running XOR over the words. */
function nextRoundKey(builder: CircuitBuilder, key: readonly Byte[], round: number): Byte[] {
  let word: Byte[] = [13, 14, 15, 12].map((i) => subByte(builder, key[i]!));
  // the round constant is x^(round - 1): 1, 2, ..., 128, 27, 54
  const constant = round <= 8 ? 1 << (round - 1) : 27 << (round - 9);
  word[0] = word[0]!.map((bit, i) => ((constant >> i) & 1 ? bit ^ TRUE : bit));
  const next: Byte[] = [];
  for (let start = 0; start < 16; start += 4) {
    word = xorBytes(builder, word, key.slice(start, start + 4));
    next.push(...word);
  }
  return next;
}

/** Byte (row, column) is byte row + 4 * column; row r moves r columns to the left. */
function shiftRows(state: readonly Byte[]): Byte[] {
  return state.map((_, i) => state[(i + 4 * (i % 4)) % 16]!);
}

/** Row r of a column becomes 2 a_r + 3 a_(r+1) + a_(r+2) + a_(r+3) = 2 (a_r + a_(r+1)) + a_(r+1) + a_(r+2) + a_(r+3). */
function mixColumns(builder: CircuitBuilder, state: readonly Byte[]): Byte[] {
  return state.map((byte, i) => {
    const rowBelow = (rows: number): Byte => state[4 * Math.floor(i / 4) + ((i + rows) % 4)]!;
    const doubled = timesX(builder, xorByte(builder, byte, rowBelow(1)));
    return [rowBelow(1), rowBelow(2), rowBelow(3)].reduce((sum, other) => xorByte(builder, sum, other), doubled);
  });
}

/** Multiplication by x modulo x^8 + x^4 + x^3 + x + 1. */
function timesX(builder: CircuitBuilder, byte: Byte): Byte {
  const top = byte[7]!;
  const shifted = [top, ...byte.slice(0, 7)];
  return shifted.map((bit, i) => (i === 1 || i === 3 || i === 4 ? builder.xor(bit, top) : bit));
}

function bytesOf(bits: readonly Literal[]): Byte[] {
  return Array.from({ length: bits.length / 8 }, (_, i) => bits.slice(8 * i, 8 * i + 8));
}

function xorByte(builder: CircuitBuilder, a: Byte, b: Byte): Byte {
  return a.map((bit, i) => builder.xor(bit, b[i]!));
}

function xorBytes(builder: CircuitBuilder, a: readonly Byte[], b: readonly Byte[]): Byte[] {
  return a.map((byte, i) => xorByte(builder, byte, b[i]!));
}
