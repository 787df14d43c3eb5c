;; Polynomials modulo primes just below 2^60: the transform (negacyclic NTT), sums of coefficient-wise products, addition.
;; A polynomial is 8192 words of 8 bytes. For products each word is split into limbs of 30 bits, the lower limb in its lower
;; half and the upper limb in its upper half, so that one 128-bit vector carries two words as (low0, high0, low1, high1).
(module
  (memory (import "engine" "memory") 1)

  ;; Splits `words` words below 2^60 into limbs, in place.
  (func (export "split") (param $at i32) (param $words i32)
    (local $end i32) (local $word i64)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $words) (i32.const 3))))
    (loop $each
      (local.set $word (i64.load (local.get $at)))
      (i64.store (local.get $at)
        (i64.or
          (i64.and (local.get $word) (i64.const 0x3fffffff))
          (i64.shl (i64.shr_u (local.get $word) (i64.const 30)) (i64.const 32))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $each (i32.lt_u (local.get $at) (local.get $end)))))

  ;; sum + low*low + 2^30*(low*high + high*low) + 2^60*high*high modulo the prime, where
  ;;   square = (sum of low*low, sum of high*high), cross = (sum of low*high, sum of high*low), each below 15 * 2^60,
  ;; and 2^60 = delta modulo the prime, delta < 2^24. Every step stays below 2^64: see kernel.ts.
  (func $fold (param $square v128) (param $cross v128) (param $sum i64) (param $delta i64) (param $prime i64)
    (result i64)
    (local $low i64) (local $high i64) (local $left i64) (local $right i64)
    (local.set $low (i64x2.extract_lane 0 (local.get $square)))
    (local.set $left (i64x2.extract_lane 0 (local.get $cross)))
    (local.set $right (i64x2.extract_lane 1 (local.get $cross)))
    ;; high: what stands at 2^60
    (local.set $high
      (i64.add
        (i64x2.extract_lane 1 (local.get $square))
        (i64.add
          (i64.shr_u (local.get $left) (i64.const 30))
          (i64.shr_u (local.get $right) (i64.const 30)))))
    ;; the lower limbs of the middle stand at 2^30
    (local.set $sum
      (i64.add
        (local.get $sum)
        (i64.shl
          (i64.add
            (i64.and (local.get $left) (i64.const 0x3fffffff))
            (i64.and (local.get $right) (i64.const 0x3fffffff)))
          (i64.const 30))))
    (local.set $sum (i64.add (local.get $sum) (call $below (local.get $low) (local.get $delta))))
    ;; high * delta, in limbs of 30 bits
    (local.set $sum
      (i64.add
        (local.get $sum)
        (i64.mul (i64.and (local.get $high) (i64.const 0x3fffffff)) (local.get $delta))))
    (local.set $high (i64.mul (i64.shr_u (local.get $high) (i64.const 30)) (local.get $delta)))
    (local.set $sum
      (i64.add
        (local.get $sum)
        (i64.add
          (i64.mul (i64.shr_u (local.get $high) (i64.const 30)) (local.get $delta))
          (i64.shl (i64.and (local.get $high) (i64.const 0x3fffffff)) (i64.const 30)))))
    (local.set $sum (call $below (local.get $sum) (local.get $delta)))
    (select
      (i64.sub (local.get $sum) (local.get $prime))
      (local.get $sum)
      (i64.ge_u (local.get $sum) (local.get $prime))))

  ;; A word folded once by 2^60 = delta: below 2^60 + 2^28.
  (func $below (param $word i64) (param $delta i64) (result i64)
    (i64.add
      (i64.and (local.get $word) (i64.const 0xfffffffffffffff))
      (i64.mul (i64.shr_u (local.get $word) (i64.const 60)) (local.get $delta))))

  ;; sum[i] += sum over blocks of cipher[block][i] * factor[block][i] modulo the prime, for i in [0, words).
  ;; cipher and factor are split, sum is whole; 1 to 15 blocks; words is even.
  (func (export "accumulate")
    (param $cipher i32) (param $cipherStep i32) (param $factor i32) (param $factorStep i32) (param $blocks i32)
    (param $sum i32) (param $words i32) (param $delta i64) (param $prime i64)
    (local $end i32) (local $c i32) (local $f i32) (local $left i32)
    (local $a v128) (local $b v128)
    (local $square0 v128) (local $square1 v128) (local $cross0 v128) (local $cross1 v128)
    (local.set $end (i32.add (local.get $sum) (i32.shl (local.get $words) (i32.const 3))))
    (loop $pair
      (local.set $square0 (v128.const i64x2 0 0))
      (local.set $square1 (v128.const i64x2 0 0))
      (local.set $cross0 (v128.const i64x2 0 0))
      (local.set $cross1 (v128.const i64x2 0 0))
      (local.set $c (local.get $cipher))
      (local.set $f (local.get $factor))
      (local.set $left (local.get $blocks))
      (loop $block
        (local.set $a (v128.load (local.get $c)))
        (local.set $b (v128.load (local.get $f)))
        (local.set $square0
          (i64x2.add (local.get $square0) (i64x2.extmul_low_i32x4_u (local.get $a) (local.get $b))))
        (local.set $square1
          (i64x2.add (local.get $square1) (i64x2.extmul_high_i32x4_u (local.get $a) (local.get $b))))
        ;; the limbs of the factor change places
        (local.set $b
          (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 (local.get $b) (local.get $b)))
        (local.set $cross0
          (i64x2.add (local.get $cross0) (i64x2.extmul_low_i32x4_u (local.get $a) (local.get $b))))
        (local.set $cross1
          (i64x2.add (local.get $cross1) (i64x2.extmul_high_i32x4_u (local.get $a) (local.get $b))))
        (local.set $c (i32.add (local.get $c) (local.get $cipherStep)))
        (local.set $f (i32.add (local.get $f) (local.get $factorStep)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $block (local.get $left)))
      (i64.store (local.get $sum)
        (call $fold (local.get $square0) (local.get $cross0) (i64.load (local.get $sum))
          (local.get $delta) (local.get $prime)))
      (i64.store offset=8 (local.get $sum)
        (call $fold (local.get $square1) (local.get $cross1) (i64.load offset=8 (local.get $sum))
          (local.get $delta) (local.get $prime)))
      (local.set $cipher (i32.add (local.get $cipher) (i32.const 16)))
      (local.set $factor (i32.add (local.get $factor) (i32.const 16)))
      (local.set $sum (i32.add (local.get $sum) (i32.const 16)))
      (br_if $pair (i32.lt_u (local.get $sum) (local.get $end)))))

  ;; target[i] += source[i] modulo the prime, words below it.
  (func (export "add") (param $target i32) (param $source i32) (param $words i32) (param $prime i64)
    (local $end i32) (local $sum i64)
    (local.set $end (i32.add (local.get $target) (i32.shl (local.get $words) (i32.const 3))))
    (loop $each
      (local.set $sum (i64.add (i64.load (local.get $target)) (i64.load (local.get $source))))
      (i64.store (local.get $target)
        (select
          (i64.sub (local.get $sum) (local.get $prime))
          (local.get $sum)
          (i64.ge_u (local.get $sum) (local.get $prime))))
      (local.set $target (i32.add (local.get $target) (i32.const 8)))
      (local.set $source (i32.add (local.get $source) (i32.const 8)))
      (br_if $each (i32.lt_u (local.get $target) (local.get $end)))))

  ;; word modulo the prime for words below 8 primes
  (func $reduced (param $word i64) (param $prime i64) (result i64)
    (local $multiple i64)
    (local.set $multiple (i64.shl (local.get $prime) (i64.const 2)))
    (local.set $word
      (select (i64.sub (local.get $word) (local.get $multiple)) (local.get $word)
        (i64.ge_u (local.get $word) (local.get $multiple))))
    (local.set $multiple (i64.shl (local.get $prime) (i64.const 1)))
    (local.set $word
      (select (i64.sub (local.get $word) (local.get $multiple)) (local.get $word)
        (i64.ge_u (local.get $word) (local.get $multiple))))
    (select (i64.sub (local.get $word) (local.get $prime)) (local.get $word)
      (i64.ge_u (local.get $word) (local.get $prime))))

  ;; Both transforms multiply by fixed roots w as Shoup does: with s = floor(2^64 w / prime),
  ;;   x*w - q*prime for q = the upper word of x*s, which three products of halves give up to 2 too small:
  ;; the result is below 4 primes for any word x.

  ;; Forward transform in place (Cooley and Tukey), `size` bytes of words below the prime; roots: (w, s) by bit-reversed
  ;; exponent, 16 bytes each. Between the layers words stay below 8 primes.
  (func (export "forward") (param $at i32) (param $roots i32) (param $size i32) (param $prime i64)
    (local $end i32) (local $half i32) (local $p i32) (local $stop i32)
    (local $w i64) (local $high i64) (local $low i64) (local $four i64)
    (local $u i64) (local $x i64) (local $upper i64) (local $lower i64)
    (local.set $four (i64.shl (local.get $prime) (i64.const 2)))
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (local.set $half (i32.shr_u (local.get $size) (i32.const 1)))
    (loop $layer
      (local.set $p (local.get $at))
      (loop $block
        (local.set $roots (i32.add (local.get $roots) (i32.const 16)))
        (local.set $w (i64.load (local.get $roots)))
        (local.set $high (i64.load32_u offset=12 (local.get $roots)))
        (local.set $low (i64.load32_u offset=8 (local.get $roots)))
        (local.set $stop (i32.add (local.get $p) (local.get $half)))
        (loop $butterfly
          (local.set $u (i64.load (local.get $p)))
          (local.set $x (i64.load (i32.add (local.get $p) (local.get $half))))
          (local.set $u
            (select (i64.sub (local.get $u) (local.get $four)) (local.get $u)
              (i64.ge_u (local.get $u) (local.get $four))))
          (local.set $upper (i64.shr_u (local.get $x) (i64.const 32)))
          (local.set $lower (i64.and (local.get $x) (i64.const 0xffffffff)))
          (local.set $x
            (i64.sub
              (i64.mul (local.get $x) (local.get $w))
              (i64.mul (local.get $prime)
                (i64.add
                  (i64.mul (local.get $upper) (local.get $high))
                  (i64.add
                    (i64.shr_u (i64.mul (local.get $upper) (local.get $low)) (i64.const 32))
                    (i64.shr_u (i64.mul (local.get $lower) (local.get $high)) (i64.const 32)))))))
          (i64.store (local.get $p) (i64.add (local.get $u) (local.get $x)))
          (i64.store (i32.add (local.get $p) (local.get $half))
            (i64.add (i64.sub (local.get $u) (local.get $x)) (local.get $four)))
          (local.set $p (i32.add (local.get $p) (i32.const 8)))
          (br_if $butterfly (i32.lt_u (local.get $p) (local.get $stop))))
        (local.set $p (i32.add (local.get $p) (local.get $half)))
        (br_if $block (i32.lt_u (local.get $p) (local.get $end))))
      (local.set $half (i32.shr_u (local.get $half) (i32.const 1)))
      (br_if $layer (i32.ge_u (local.get $half) (i32.const 8))))
    (local.set $p (local.get $at))
    (loop $each
      (i64.store (local.get $p) (call $reduced (i64.load (local.get $p)) (local.get $prime)))
      (local.set $p (i32.add (local.get $p) (i32.const 8)))
      (br_if $each (i32.lt_u (local.get $p) (local.get $end)))))

  ;; Inverse transform in place (Gentleman and Sande); roots: (w, s) in the order in which the layers use them, then 1/N.
  ;; Between the layers words stay below 4 primes.
  (func (export "inverse") (param $at i32) (param $roots i32) (param $size i32) (param $prime i64)
    (local $end i32) (local $half i32) (local $p i32) (local $stop i32)
    (local $w i64) (local $high i64) (local $low i64) (local $four i64)
    (local $u i64) (local $x i64) (local $upper i64) (local $lower i64)
    (local.set $four (i64.shl (local.get $prime) (i64.const 2)))
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (local.set $half (i32.const 8))
    (loop $layer
      (local.set $p (local.get $at))
      (loop $block
        (local.set $w (i64.load (local.get $roots)))
        (local.set $high (i64.load32_u offset=12 (local.get $roots)))
        (local.set $low (i64.load32_u offset=8 (local.get $roots)))
        (local.set $roots (i32.add (local.get $roots) (i32.const 16)))
        (local.set $stop (i32.add (local.get $p) (local.get $half)))
        (loop $butterfly
          (local.set $u (i64.load (local.get $p)))
          (local.set $x (i64.load (i32.add (local.get $p) (local.get $half))))
          (local.set $lower (i64.add (local.get $u) (local.get $x)))
          (i64.store (local.get $p)
            (select (i64.sub (local.get $lower) (local.get $four)) (local.get $lower)
              (i64.ge_u (local.get $lower) (local.get $four))))
          (local.set $x (i64.add (i64.sub (local.get $u) (local.get $x)) (local.get $four)))
          (local.set $upper (i64.shr_u (local.get $x) (i64.const 32)))
          (local.set $lower (i64.and (local.get $x) (i64.const 0xffffffff)))
          (i64.store (i32.add (local.get $p) (local.get $half))
            (i64.sub
              (i64.mul (local.get $x) (local.get $w))
              (i64.mul (local.get $prime)
                (i64.add
                  (i64.mul (local.get $upper) (local.get $high))
                  (i64.add
                    (i64.shr_u (i64.mul (local.get $upper) (local.get $low)) (i64.const 32))
                    (i64.shr_u (i64.mul (local.get $lower) (local.get $high)) (i64.const 32)))))))
          (local.set $p (i32.add (local.get $p) (i32.const 8)))
          (br_if $butterfly (i32.lt_u (local.get $p) (local.get $stop))))
        (local.set $p (i32.add (local.get $p) (local.get $half)))
        (br_if $block (i32.lt_u (local.get $p) (local.get $end))))
      (local.set $half (i32.shl (local.get $half) (i32.const 1)))
      (br_if $layer (i32.lt_u (local.get $half) (local.get $size))))
    (local.set $w (i64.load (local.get $roots)))
    (local.set $high (i64.load32_u offset=12 (local.get $roots)))
    (local.set $low (i64.load32_u offset=8 (local.get $roots)))
    (local.set $p (local.get $at))
    (loop $each
      (local.set $x (i64.load (local.get $p)))
      (local.set $upper (i64.shr_u (local.get $x) (i64.const 32)))
      (local.set $lower (i64.and (local.get $x) (i64.const 0xffffffff)))
      (i64.store (local.get $p)
        (call $reduced
          (i64.sub
            (i64.mul (local.get $x) (local.get $w))
            (i64.mul (local.get $prime)
              (i64.add
                (i64.mul (local.get $upper) (local.get $high))
                (i64.add
                  (i64.shr_u (i64.mul (local.get $upper) (local.get $low)) (i64.const 32))
                  (i64.shr_u (i64.mul (local.get $lower) (local.get $high)) (i64.const 32))))))
          (local.get $prime)))
      (local.set $p (i32.add (local.get $p) (i32.const 8)))
      (br_if $each (i32.lt_u (local.get $p) (local.get $end)))))
)
