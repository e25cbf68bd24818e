/// The keys of a catalog generation's details in storage.
package enum FileDetailsKey {
    private static let folder: StaticString = "details/"
    private static let digitCount = 10

    /// `details/<generation, ten digits>.details`, written once and never changed.
    package static func text(generation: UInt32) -> String {
        "\(stem(generation)).details"
    }

    /// `details/<generation, ten digits>.folders`: the names in each folder, if browsing is
    /// enabled.
    package static func folders(generation: UInt32) -> String {
        "\(stem(generation)).folders"
    }

    private static func stem(_ generation: UInt32) -> String {
        let digits = String(generation)
        let zeros = String(repeating: "0", count: digitCount - digits.utf8.count)
        return "\(folder)\(zeros)\(digits)"
    }

    /// The generation of the details or folder names under `key`; nil for another blob.
    package static func generation(of key: String) -> UInt32? {
        // By bytes, because characters would link their tables into the edge's module.
        var number: UInt64 = 0
        for byte in key.utf8.dropFirst(folder.utf8CodeUnitCount).prefix(digitCount) {
            let zero = UInt8(ascii: "0")
            guard byte >= zero, byte <= zero + 9 else { return nil }
            number = number * 10 + UInt64(byte - zero)
        }
        guard let generation = UInt32(exactly: number),
            [text(generation: generation), folders(generation: generation)]
                .contains(where: { $0.utf8.elementsEqual(key.utf8) })
        else { return nil }
        return generation
    }
}
