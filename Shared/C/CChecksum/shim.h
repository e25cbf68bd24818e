// The CRC-32 of zlib by carry-less multiplication, which Swift has no name for: about an
// instruction for two bytes, without tables.
//
// Gopal and others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction",
// Intel, 2009: 64 bytes are kept as four remainders of 128 bits, each of which is multiplied by the
// power of x by which the next 64 bytes move it. The constants are those of the paper for the
// polynomial 0x04C11DB7, reflected.
#include <stddef.h>
#include <stdint.h>


#if defined(__x86_64__)
#include <cpuid.h>
#include <smmintrin.h>
#include <wmmintrin.h>

// Whether the processor can do it: since Westmere (2010) and Bulldozer (2011).
static inline int has_carryless_crc32(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_PCLMUL) && (c & bit_SSE4_1);
}

// What `remainder` becomes when it is moved on by as many bytes as `powers` are for, plus `next`.
__attribute__((target("pclmul,sse4.1"))) static inline __m128i
folded(__m128i remainder, __m128i powers, __m128i next) {
    __m128i low = _mm_clmulepi64_si128(remainder, powers, 0x00);
    __m128i high = _mm_clmulepi64_si128(remainder, powers, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// The state of the checksum after `count` bytes, a multiple of 16 and at least 64.
__attribute__((target("pclmul,sse4.1"))) static inline uint32_t
carryless_crc32(uint32_t state, const void *bytes, size_t count) {
    const __m128i *next = (const __m128i *)bytes, *end = next + count / 16;
    const __m128i by_64 = _mm_set_epi64x(0x1C6E41596, 0x154442BD4);
    const __m128i by_16 = _mm_set_epi64x(0x0CCAA009E, 0x1751997D0);
    __m128i a = _mm_xor_si128(_mm_loadu_si128(next), _mm_cvtsi32_si128((int)state));
    __m128i b = _mm_loadu_si128(next + 1);
    __m128i c = _mm_loadu_si128(next + 2);
    __m128i d = _mm_loadu_si128(next + 3);
    for (next += 4; end - next >= 4; next += 4) {
        a = folded(a, by_64, _mm_loadu_si128(next));
        b = folded(b, by_64, _mm_loadu_si128(next + 1));
        c = folded(c, by_64, _mm_loadu_si128(next + 2));
        d = folded(d, by_64, _mm_loadu_si128(next + 3));
    }
    a = folded(folded(folded(a, by_16, b), by_16, c), by_16, d);
    for (; next != end; next++) a = folded(a, by_16, _mm_loadu_si128(next));

    // From 128 bits to 64, and to 32 by Barrett's reduction.
    const __m128i lower_words = _mm_setr_epi32(~0, 0, ~0, 0);
    a = _mm_xor_si128(_mm_srli_si128(a, 8), _mm_clmulepi64_si128(a, by_16, 0x10));
    const __m128i by_4 = _mm_set_epi64x(0, 0x163CD6124);
    a = _mm_xor_si128(
        _mm_srli_si128(a, 4), _mm_clmulepi64_si128(_mm_and_si128(a, lower_words), by_4, 0x00));
    const __m128i polynomial = _mm_set_epi64x(0x1F7011641, 0x1DB710641);
    __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(a, lower_words), polynomial, 0x10);
    quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, lower_words), polynomial, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(a, quotient), 1);
}
#else
static inline int has_carryless_crc32(void) { return 0; }
static inline uint32_t carryless_crc32(uint32_t state, const void *bytes, size_t count) {
    (void)bytes, (void)count;
    return state;
}
#endif
