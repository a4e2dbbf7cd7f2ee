// Compiled for any x86-64, and called before any code of the kernels.
#include "CInstructionSet.h"
#include "CProcess.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { environment_lacking = 69 };

// Says a line and ends. Of several ranks the first that ends makes the launcher end the others, so
// these give rank 0 time to speak.
static _Noreturn void end(const char *line) {
  const char *rank = getenv("OMPI_COMM_WORLD_RANK");
  if (!rank) rank = getenv("PMI_RANK");
  if (rank && atoi(rank) > 0) sleep(1);
  cprocess_write_error(line, strlen(line));
  _exit(environment_lacking);
}

#define CHECK(index, name)                                                          \
  if (cinstructionset_built[CINSTRUCTIONSET_##index] && !__builtin_cpu_supports(name)) \
  strcat(strcat(missing, *missing ? ", " : ""), name)

void cprocess_check_cpu(void) {
  char missing[512] = "";
  char line[1024];
  CHECK(SSE3, "sse3");
  CHECK(SSSE3, "ssse3");
  CHECK(SSE4_1, "sse4.1");
  CHECK(SSE4_2, "sse4.2");
  CHECK(SSE4A, "sse4a");
  CHECK(POPCNT, "popcnt");
  CHECK(LZCNT, "lzcnt");
  CHECK(BMI, "bmi");
  CHECK(BMI2, "bmi2");
  CHECK(MOVBE, "movbe");
  CHECK(F16C, "f16c");
  CHECK(AVX, "avx");
  CHECK(AVX2, "avx2");
  CHECK(FMA, "fma");
  CHECK(FMA4, "fma4");
  CHECK(XOP, "xop");
  CHECK(AES, "aes");
  CHECK(VAES, "vaes");
  CHECK(PCLMUL, "pclmul");
  CHECK(VPCLMULQDQ, "vpclmulqdq");
  CHECK(GFNI, "gfni");
  CHECK(SHA, "sha");
  CHECK(ADX, "adx");
  CHECK(AVXVNNI, "avxvnni");
  CHECK(AVX512F, "avx512f");
  CHECK(AVX512CD, "avx512cd");
  CHECK(AVX512BW, "avx512bw");
  CHECK(AVX512DQ, "avx512dq");
  CHECK(AVX512VL, "avx512vl");
  CHECK(AVX512IFMA, "avx512ifma");
  CHECK(AVX512VBMI, "avx512vbmi");
  CHECK(AVX512VBMI2, "avx512vbmi2");
  CHECK(AVX512VNNI, "avx512vnni");
  CHECK(AVX512BITALG, "avx512bitalg");
  CHECK(AVX512VPOPCNTDQ, "avx512vpopcntdq");
  CHECK(AVX512BF16, "avx512bf16");
  CHECK(AVX512FP16, "avx512fp16");
  CHECK(AVX512VP2INTERSECT, "avx512vp2intersect");
  if (*missing) {
    snprintf(
        line, sizeof line,
        "disttrain: this program was built for %s, which this CPU lacks; build it on this machine, "
        "or with DISTTRAIN_MARCH=x86-64-v3\n",
        missing);
    end(line);
  }
  if (!cinstructionset_built[CINSTRUCTIONSET_FMA] && !getenv("DISTTRAIN_ALLOW_SLOW")) {
    end("disttrain: this program was built without fused multiply-add and would train 90 times "
        "slower; build it with DISTTRAIN_MARCH=x86-64-v3, or set DISTTRAIN_ALLOW_SLOW=1\n");
  }
}
