package import Mirrors
import RegionMapFormat

/// Weighted rendezvous hashing: the same client gets the same mirror for the same file, the load
/// follows the weights, and losing a mirror moves only its own share.
///
/// Every mirror draws a number from the hash of (request, mirror), and the best draw wins (Thaler
/// and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM Transactions on
/// Networking 6(1), 1998). The draw is -ln(u)/w, an exponential variable of rate w, so that a
/// mirror has the smallest value with a probability of w over the sum of the weights (Schindelhauer
/// and Schomaker, "Weighted distributed hash tables", SPAA 2005, the logarithmic method).
package enum Rendezvous {
    /// The key of a request: a hash of the client's network and the path.
    ///
    /// Without an address, only the path counts.
    package static func key(network: IPAddress?, path: Span<UInt8>) -> UInt64 {
        let key = hash(path)
        guard let network else { return key }
        return mixed(key ^ mixed(network.high &+ 0x9E37_79B9_7F4A_7C15) ^ network.low)
    }

    /// The key of a single client's request: its address, mixed with `key`, which is that of its
    /// network.
    static func key(_ address: IPAddress, of key: UInt64) -> UInt64 {
        mixed(key ^ mixed(address.high &+ 0xD6E8_FEB8_6659_FD93) ^ address.low)
    }

    /// The draw of the mirror with `seed`: uniform between 0 and 1, both excluded.
    @inline(__always)
    package static func uniform(key: UInt64, seed: UInt64) -> Double {
        // 53 bits, shifted by half a step.
        (Double(mixed(key ^ seed) &>> 11) + 0.5) * 0x1p-53
    }

    /// The weighted draw from `uniform`; the smallest wins.
    package static func draw(_ uniform: Double, weight: Double) -> Double {
        -NaturalLogarithm.of(uniform) / weight
    }

    /// The hash of a path or of a mirror's id.
    package static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        // The seed differs from a map's, so that the choice is independent of a file's place in the
        // map.
        unsafe PathHash.hash(bytes.bytes, seed: 0x9E37_79B9_7F4A_7C15)
    }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): every bit of the input
    /// affects every bit of the output.
    @inline(__always)
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }
}
