/// The mirrors to which one rule sent the clients.
struct Outcome {
    let name: String
    /// The distance of each client's mirror in kilometres.
    private(set) var kilometres: [Double] = []
    /// The number of clients that each mirror got.
    private(set) var loads: [Int]

    init(_ name: String, mirrorCount: Int) {
        self.name = name
        loads = Array(repeating: 0, count: mirrorCount)
    }

    mutating func add(mirror: Int, kilometres: Double) {
        loads[mirror] += 1
        self.kilometres.append(kilometres)
    }

    var meanKilometres: Double { kilometres.reduce(0, +) / Double(max(1, kilometres.count)) }

    /// The distance that a share of all clients does not exceed.
    func kilometres(ofShare share: Double) -> Double {
        let sorted = kilometres.sorted()
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }

    /// The shares of the load, largest first, in percent.
    var sharesPercent: [Double] {
        loads.sorted(by: >).map { 100 * Double($0) / Double(max(1, kilometres.count)) }
    }
}
