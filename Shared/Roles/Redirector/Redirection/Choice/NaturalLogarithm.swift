/// The natural logarithm, with the same bits on every machine.
///
/// C's `log` may differ in the last bit between libraries, and glibc's between processors. Two
/// redirectors could then send one client to different mirrors; and at the edge, in WebAssembly,
/// there is no C library at all.
package enum NaturalLogarithm {
    /// The logarithm of `x`, a positive normal number, within one unit in the last place.
    ///
    /// The method and its coefficients are from `e_log.c` in FDLIBM (K. C. Ng, Sun Microsystems,
    /// 1993): x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), and a polynomial in s²,
    /// where s = f / (2 + f).
    package static func of(_ x: Double) -> Double {
        let bits = x.bitPattern &+ ((1023 &<< 52) &- sqrtHalf)
        let k = Double(Int32(truncatingIfNeeded: bits &>> 52) &- 1023)
        let f = Double(bitPattern: (bits & ((1 &<< 52) &- 1)) &+ sqrtHalf) - 1
        let s = f / (2 + f)
        let z = s * s
        let w = z * z
        let even = w * (lg2 + w * (lg4 + w * lg6))
        let odd = z * (lg1 + w * (lg3 + w * (lg5 + w * lg7)))
        let halfSquare = 0.5 * f * f
        // ln 2 in two parts, the first of which gives an exact product with k.
        let (high, low) = (6.93147180369123816490e-01, 1.90821492927058770002e-10)
        return s * (halfSquare + (even + odd)) + k * low - halfSquare + f + k * high
    }

    private static let lg1 = 6.666666666666735130e-01
    private static let lg2 = 3.999999999940941908e-01
    private static let lg3 = 2.857142874366239149e-01
    private static let lg4 = 2.222219843214978396e-01
    private static let lg5 = 1.818357216161805012e-01
    private static let lg6 = 1.531383769920937332e-01
    private static let lg7 = 1.479819860511658591e-01
    /// The upper half of the bits of sqrt(1/2); the lower half is zero.
    private static let sqrtHalf: UInt64 = 0x3FE6_A09E &<< 32
}
