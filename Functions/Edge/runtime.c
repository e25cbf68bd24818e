// The part of a C library that Embedded Swift calls, for a module that imports nothing. build.sh
// compiles it for wasm32; it is not a target of the package, whose programs have these functions
// from their C library.

#include <stddef.h>
#include <stdint.h>

#define PAGE 65536u

// Memory. Block sizes are powers of two from 32 bytes on, with a list of free blocks for each, so
// that work that is repeated needs no more memory than before: an old map makes room for the next
// but one. The sixteen bytes before a block contain its size.

typedef struct Block {
    size_t size;
    struct Block *next;
    size_t padding[2];
} Block;

_Static_assert(sizeof(Block) == 16, "blocks are aligned to 16 bytes");

extern unsigned char __heap_base;
static uintptr_t top;
// By the logarithm to the base 2 of their size.
static Block *freeBlocks[32];

// `size` fresh bytes, or NULL.
static Block *extend(size_t size) {
    if (!top) top = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
    if (size > UINTPTR_MAX - top) return NULL;
    uintptr_t end = top + size;
    size_t pages = (end + PAGE - 1) / PAGE, have = __builtin_wasm_memory_size(0);
    if (pages > have && __builtin_wasm_memory_grow(0, pages - have) == (size_t)-1) return NULL;
    Block *block = (Block *)top;
    top = end;
    return block;
}

void *malloc(size_t count) {
    if (count > 0x3FFF0000u) return NULL;
    size_t size = count + sizeof(Block);
    unsigned class = size <= 32 ? 5 : 32 - (unsigned)__builtin_clz((unsigned)size - 1);
    Block *block = freeBlocks[class];
    if (block) {
        freeBlocks[class] = block->next;
        return block + 1;
    }
    block = extend((size_t)1 << class);
    if (!block) return NULL;
    block->size = (size_t)1 << class;
    return block + 1;
}

void free(void *memory) {
    if (!memory) return;
    Block *block = (Block *)memory - 1;
    Block **list = &freeBlocks[31 - __builtin_clz((unsigned)block->size)];
    block->next = *list;
    *list = block;
}

int posix_memalign(void **memory, size_t alignment, size_t count) {
    // Every block is aligned to 16 bytes, and nothing here asks for more.
    if (alignment > 16) return 22;
    *memory = malloc(count);
    return *memory ? 0 : 12;
}

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
    return __builtin_memcpy(to, from, count);
}

void *memmove(void *to, const void *from, size_t count) {
    return __builtin_memmove(to, from, count);
}

void *memset(void *to, int byte, size_t count) {
    return __builtin_memset(to, byte, count);
}

int memcmp(const void *one, const void *other, size_t count) {
    const unsigned char *a = one, *b = other;
    for (; count; count--, a++, b++) {
        if (*a != *b) return *a - *b;
    }
    return 0;
}

// The seed of hash tables. It may be the same in every instance, because nothing that clients send
// becomes a key.
void arc4random_buf(void *to, size_t count) {
    unsigned char *bytes = to;
    for (size_t index = 0; index < count; index++) bytes[index] = (unsigned char)(index * 197 + 91);
}

// The product of two 128-bit numbers.
__int128 __multi3(__int128 one, __int128 other) {
    uint64_t a = (uint64_t)one, b = (uint64_t)other;
    uint64_t aLow = (uint32_t)a, aHigh = a >> 32, bLow = (uint32_t)b, bHigh = b >> 32;
    uint64_t low = aLow * bLow;
    uint64_t middle = aHigh * bLow + (low >> 32);
    uint64_t carry = (uint64_t)(uint32_t)middle + aLow * bHigh;
    uint64_t high = aHigh * bHigh + (middle >> 32) + (carry >> 32);
    high += (uint64_t)((unsigned __int128)one >> 64) * b
        + a * (uint64_t)((unsigned __int128)other >> 64);
    return (__int128)((unsigned __int128)high << 64 | (carry << 32 | (uint32_t)low));
}

// Half away from zero, as in C.
double round(double x) {
    double whole = __builtin_trunc(x), rest = x - whole;
    return rest >= 0.5 ? whole + 1 : rest <= -0.5 ? whole - 1 : whole;
}

// Decimal numbers, which occur in JSON. Long division of whole numbers: slow, exact, and rounded
// to even as required by IEEE 754. Digits after the 19th only decide on which side of a half the
// number is.

#define LIMBS 64
typedef struct { uint32_t limb[LIMBS]; } Whole;

static void multiply(Whole *number, uint32_t factor) {
    uint64_t carry = 0;
    for (int index = 0; index < LIMBS; index++) {
        carry += (uint64_t)number->limb[index] * factor;
        number->limb[index] = (uint32_t)carry;
        carry >>= 32;
    }
}

static int bits(const Whole *number) {
    for (int index = LIMBS - 1; index >= 0; index--) {
        if (number->limb[index]) return 32 * index + 32 - __builtin_clz(number->limb[index]);
    }
    return 0;
}

static int compare(const Whole *one, const Whole *other) {
    for (int index = LIMBS - 1; index >= 0; index--) {
        if (one->limb[index] != other->limb[index]) {
            return one->limb[index] < other->limb[index] ? -1 : 1;
        }
    }
    return 0;
}

static void subtract(Whole *number, const Whole *other) {
    int64_t borrow = 0;
    for (int index = 0; index < LIMBS; index++) {
        borrow += (int64_t)number->limb[index] - other->limb[index];
        number->limb[index] = (uint32_t)borrow;
        borrow >>= 32;
    }
}

static void shift(Whole *number, int count) {
    for (; count >= 31; count -= 31) multiply(number, 1u << 31);
    if (count > 0) multiply(number, 1u << count);
}

// mantissa * 10^exponent, and a little more if `more`.
static double scaled(uint64_t mantissa, int exponent, int more) {
    if (!mantissa || exponent < -345) return 0;
    if (exponent > 310) return __builtin_inf();
    Whole number = {{(uint32_t)mantissa, (uint32_t)(mantissa >> 32)}}, divisor = {{1}};
    for (; exponent > 0; exponent--) multiply(&number, 10);
    for (; exponent < 0; exponent++) multiply(&divisor, 10);
    // The quotient gets 54 bits, one more than a number has, at the binary exponent `place`.
    int place = bits(&number) - bits(&divisor);
    shift(place < 0 ? &number : &divisor, place < 0 ? -place : place);
    if (compare(&number, &divisor) < 0) {
        shift(&number, 1);
        place--;
    }
    uint64_t quotient = 0;
    for (int count = 0; count < 54; count++) {
        quotient <<= 1;
        if (compare(&number, &divisor) >= 0) {
            subtract(&number, &divisor);
            quotient |= 1;
        }
        shift(&number, 1);
    }
    more |= bits(&number) != 0;
    for (; place < -1022 && quotient; place++) {
        more |= quotient & 1;
        quotient >>= 1;
    }
    int isSubnormal = !(quotient >> 53);
    uint64_t significand = quotient >> 1;
    if ((quotient & 1) && (more || (significand & 1))) significand++;
    // A carry out of the significand moves the exponent by one, and so does the sum.
    uint64_t biased = isSubnormal ? 0 : (uint64_t)(place + 1022);
    if (!isSubnormal && place > 1023) return __builtin_inf();
    union { uint64_t bits; double value; } result = {.bits = (biased << 52) + significand};
    return result.value;
}

// What Swift's Double(String) calls: the number at the start of `text`; returns its end, or NULL.
const char *_swift_stdlib_strtod_clocale(const char *text, double *result) {
    int isNegative = *text == '-', exponent = 0, digits = 0, isAny = 0, more = 0, isFraction = 0;
    uint64_t mantissa = 0;
    if (*text == '-' || *text == '+') text++;
    for (;; text++) {
        if (*text == '.' && !isFraction) {
            isFraction = 1;
            continue;
        }
        if (*text < '0' || *text > '9') break;
        isAny = 1;
        if (digits < 19) {
            mantissa = mantissa * 10 + (uint64_t)(*text - '0');
            digits += mantissa != 0;
            if (isFraction) exponent--;
        } else {
            more |= *text != '0';
            if (!isFraction) exponent++;
        }
    }
    if (!isAny) return NULL;
    if (*text == 'e' || *text == 'E') {
        const char *start = text++;
        int sign = *text == '-' ? -1 : 1, value = 0;
        if (*text == '-' || *text == '+') text++;
        if (*text < '0' || *text > '9') {
            text = start;
        } else {
            for (; *text >= '0' && *text <= '9'; text++) {
                if (value < 100000) value = value * 10 + (*text - '0');
            }
            exponent += sign * value;
        }
    }
    double value = scaled(mantissa, exponent, more);
    *result = isNegative ? -value : value;
    return text;
}

// Strings. Swift compares them by canonical equivalence, with 9 kB of code and tables of 30 kB. The
// edge compares only ids, keys and countries from one writer, by their bytes (isSpelled(like:)); a
// comparison by == fails to link for lack of _swift_stdlib_getNormData and its like.
