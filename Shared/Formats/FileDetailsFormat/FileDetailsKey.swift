/// Where the details of a catalog generation are in storage.
package enum FileDetailsKey {
    /// `details/<generation, ten digits>.details`, written once and never changed.
    package static func text(generation: UInt32) -> String {
        let digits = String(generation)
        let zeros = String(repeating: "0", count: 10 - digits.count)
        return "details/\(zeros)\(digits).details"
    }

    /// The generation whose details are under `key`; nil for another blob.
    package static func generation(of key: String) -> UInt32? {
        guard key.hasPrefix("details/"), key.hasSuffix(".details") else { return nil }
        return UInt32(key.dropFirst("details/".count).dropLast(".details".count))
    }
}
