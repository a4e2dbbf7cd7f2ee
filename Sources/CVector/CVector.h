#pragma once
// Operations on 16 lanes, each with one rounding and in a fixed order, so that AVX2 and AVX-512
// builds give the same bits. Swift imports ext_vector_type(16) as SIMD16<Float> and inlines these.

typedef float cvector_float16 __attribute__((ext_vector_type(16)));
typedef double cvector_double16 __attribute__((ext_vector_type(16)));

#define CVECTOR_INLINE static inline __attribute__((always_inline))

// What one register holds; kernels that need many at a time work on these.
#ifdef __AVX512F__
typedef float cvector_register __attribute__((ext_vector_type(16)));
#else
typedef float cvector_register __attribute__((ext_vector_type(8)));
#endif

// Whether registers hold 16 lanes and there are 32 of them; else they hold 8, and there are 16.
CVECTOR_INLINE _Bool cvector_has_wide_registers(void) {
#ifdef __AVX512F__
  return 1;
#else
  return 0;
#endif
}

CVECTOR_INLINE cvector_float16 cvector_add(cvector_float16 a, cvector_float16 b) { return a + b; }
CVECTOR_INLINE cvector_float16 cvector_subtract(cvector_float16 a, cvector_float16 b) { return a - b; }
CVECTOR_INLINE cvector_float16 cvector_multiply(cvector_float16 a, cvector_float16 b) { return a * b; }

// a·b + c with one rounding.
CVECTOR_INLINE cvector_float16 cvector_fma(cvector_float16 a, cvector_float16 b, cvector_float16 c) {
  return __builtin_elementwise_fma(a, b, c);
}

CVECTOR_INLINE cvector_register cregister_add(cvector_register a, cvector_register b) { return a + b; }
CVECTOR_INLINE cvector_register cregister_subtract(cvector_register a, cvector_register b) { return a - b; }
CVECTOR_INLINE cvector_register cregister_multiply(cvector_register a, cvector_register b) { return a * b; }
CVECTOR_INLINE cvector_register cregister_fma(cvector_register a, cvector_register b, cvector_register c) {
  return __builtin_elementwise_fma(a, b, c);
}

// The larger of a and 0; a NaN stays one, so that it reaches the loss.
CVECTOR_INLINE cvector_float16 cvector_relu(cvector_float16 a) {
  return a < 0.0f ? (cvector_float16)0.0f : a;
}

// a where m > 0, else 0.
CVECTOR_INLINE cvector_float16 cvector_where_positive(cvector_float16 m, cvector_float16 a) {
  return m > 0.0f ? a : (cvector_float16)0.0f;
}

// sum[i] += a[i] in double precision.
CVECTOR_INLINE void cvector_accumulate_double(double *sum, cvector_float16 a) {
  cvector_double16 wide = __builtin_convertvector(a, cvector_double16);
  for (int i = 0; i < 16; ++i) sum[i] += wide[i];
}

// Fetches a cache line into the second-level cache; what is to be written too, for nobody else has it.
CVECTOR_INLINE void cvector_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }

// Ticks of a clock of constant rate.
CVECTOR_INLINE unsigned long long cvector_time_stamp(void) { return __builtin_readcyclecounter(); }
