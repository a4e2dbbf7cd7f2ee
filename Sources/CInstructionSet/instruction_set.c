// Compiled with the same -march as the kernels, so these macros are theirs.
#include "CInstructionSet.h"

const unsigned char cinstructionset_built[CINSTRUCTIONSET_COUNT] = {
#ifdef __SSE3__
  [CINSTRUCTIONSET_SSE3] = 1,
#endif
#ifdef __SSSE3__
  [CINSTRUCTIONSET_SSSE3] = 1,
#endif
#ifdef __SSE4_1__
  [CINSTRUCTIONSET_SSE4_1] = 1,
#endif
#ifdef __SSE4_2__
  [CINSTRUCTIONSET_SSE4_2] = 1,
#endif
#ifdef __SSE4A__
  [CINSTRUCTIONSET_SSE4A] = 1,
#endif
#ifdef __POPCNT__
  [CINSTRUCTIONSET_POPCNT] = 1,
#endif
#ifdef __LZCNT__
  [CINSTRUCTIONSET_LZCNT] = 1,
#endif
#ifdef __BMI__
  [CINSTRUCTIONSET_BMI] = 1,
#endif
#ifdef __BMI2__
  [CINSTRUCTIONSET_BMI2] = 1,
#endif
#ifdef __MOVBE__
  [CINSTRUCTIONSET_MOVBE] = 1,
#endif
#ifdef __F16C__
  [CINSTRUCTIONSET_F16C] = 1,
#endif
#ifdef __AVX__
  [CINSTRUCTIONSET_AVX] = 1,
#endif
#ifdef __AVX2__
  [CINSTRUCTIONSET_AVX2] = 1,
#endif
#ifdef __FMA__
  [CINSTRUCTIONSET_FMA] = 1,
#endif
#ifdef __FMA4__
  [CINSTRUCTIONSET_FMA4] = 1,
#endif
#ifdef __XOP__
  [CINSTRUCTIONSET_XOP] = 1,
#endif
#ifdef __AES__
  [CINSTRUCTIONSET_AES] = 1,
#endif
#ifdef __VAES__
  [CINSTRUCTIONSET_VAES] = 1,
#endif
#ifdef __PCLMUL__
  [CINSTRUCTIONSET_PCLMUL] = 1,
#endif
#ifdef __VPCLMULQDQ__
  [CINSTRUCTIONSET_VPCLMULQDQ] = 1,
#endif
#ifdef __GFNI__
  [CINSTRUCTIONSET_GFNI] = 1,
#endif
#ifdef __SHA__
  [CINSTRUCTIONSET_SHA] = 1,
#endif
#ifdef __ADX__
  [CINSTRUCTIONSET_ADX] = 1,
#endif
#ifdef __AVXVNNI__
  [CINSTRUCTIONSET_AVXVNNI] = 1,
#endif
#ifdef __AVX512F__
  [CINSTRUCTIONSET_AVX512F] = 1,
#endif
#ifdef __AVX512CD__
  [CINSTRUCTIONSET_AVX512CD] = 1,
#endif
#ifdef __AVX512BW__
  [CINSTRUCTIONSET_AVX512BW] = 1,
#endif
#ifdef __AVX512DQ__
  [CINSTRUCTIONSET_AVX512DQ] = 1,
#endif
#ifdef __AVX512VL__
  [CINSTRUCTIONSET_AVX512VL] = 1,
#endif
#ifdef __AVX512IFMA__
  [CINSTRUCTIONSET_AVX512IFMA] = 1,
#endif
#ifdef __AVX512VBMI__
  [CINSTRUCTIONSET_AVX512VBMI] = 1,
#endif
#ifdef __AVX512VBMI2__
  [CINSTRUCTIONSET_AVX512VBMI2] = 1,
#endif
#ifdef __AVX512VNNI__
  [CINSTRUCTIONSET_AVX512VNNI] = 1,
#endif
#ifdef __AVX512BITALG__
  [CINSTRUCTIONSET_AVX512BITALG] = 1,
#endif
#ifdef __AVX512VPOPCNTDQ__
  [CINSTRUCTIONSET_AVX512VPOPCNTDQ] = 1,
#endif
#ifdef __AVX512BF16__
  [CINSTRUCTIONSET_AVX512BF16] = 1,
#endif
#ifdef __AVX512FP16__
  [CINSTRUCTIONSET_AVX512FP16] = 1,
#endif
#ifdef __AVX512VP2INTERSECT__
  [CINSTRUCTIONSET_AVX512VP2INTERSECT] = 1,
#endif
};
