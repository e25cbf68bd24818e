import Catalogs
import Testing

@Suite struct DigestsTests {
    @Test func givesBackWhatItWasMadeOf() {
        let digests = Digests.make(9)
        #expect(digests.algorithms == [.sha256, .sha512, .blake2b])
        for algorithm in Digests.Algorithm.allCases {
            #expect(
                digests[algorithm].map(Array.init)
                    == (0..<algorithm.byteCount).map { 9 + UInt8($0) }
            )
        }
        let one = Digests.make(9, .sha512)
        #expect(one.algorithms == [.sha512])
        #expect(one[.sha512] == digests[.sha512])
        #expect(one[.sha256] == nil && one[.blake2b] == nil)
        #expect(Digests().isEmpty && Digests()[.sha256] == nil)
    }

    @Test func leavesOutDigestsOfAWrongLength() {
        #expect(Digests([.sha256: Array(repeating: 1, count: 31)]).isEmpty)
        #expect(Digests([.sha256: Array(repeating: 1, count: 64), .sha512: []]).isEmpty)
    }

    static let pairs: [(left: Digests, right: Digests, contradict: Bool, confirm: Bool)] = [
        (.make(1), .make(1), false, true),
        (.make(1), .make(2), true, false),
        (.make(1, .sha256), .make(2, .sha512), false, false),
        (.make(1, .sha256), .make(1), false, true),
        (.make(1, .sha256), .make(2), true, false),
        (Digests(), .make(1), false, false),
        (Digests(), Digests(), false, false),
    ]

    @Test(arguments: pairs)
    func comparesWhatBothHave(left: Digests, right: Digests, contradict: Bool, confirm: Bool) {
        #expect(left.contradict(right) == contradict)
        #expect(right.contradict(left) == contradict)
        #expect(left.confirm(right) == confirm)
        #expect(right.confirm(left) == confirm)
    }

    @Test func mergesMissingFields() {
        #expect(Digests.make(1, .sha256).merging(.make(1, .blake2b)) == .make(1, .sha256, .blake2b))
        #expect(Digests.make(1, .sha256).merging(.make(2))[.sha256] == Digests.make(1)[.sha256])
        #expect(Digests().merging(.make(2)) == .make(2))
        #expect(Digests.make(2).merging(Digests()) == .make(2))
    }
}
