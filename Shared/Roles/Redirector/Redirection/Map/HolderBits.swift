import RegionMapFormat

/// The access points that hold one file, as a set for membership tests in any order.
struct HolderBits {
    /// Access points with this or a greater index don't fit.
    static let capacity = 1024

    private var words = InlineArray<16, UInt64>(repeating: 0)
    /// The number of members.
    private(set) var count = 0

    /// The members of `replicas` that fit.
    init(_ replicas: ReplicaSet) {
        var replicas = replicas
        while let run = replicas.nextRun(), run.upperBound <= Self.capacity { insert(run) }
    }

    private mutating func insert(_ run: Range<Int>) {
        count += run.count
        var start = run.lowerBound
        while start < run.upperBound {
            let word = start >> 6
            let end = min(run.upperBound, (word + 1) << 6)
            words[word] |= (UInt64.max >> UInt64(64 - (end - start))) << UInt64(start & 63)
            start = end
        }
    }

    @inline(__always)
    func contains(_ index: Int) -> Bool {
        index < Self.capacity && words[index >> 6] >> UInt64(index & 63) & 1 == 1
    }
}
