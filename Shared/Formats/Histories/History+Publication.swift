package import Time

extension History {
    /// How one publication reached the mirrors.
    package struct Publication: Equatable, Sendable {
        package let at: Timestamp
        package var fileCount: Int
        /// The number of mirrors that were watched.
        package var mirrorCount: Int
        /// For each delay the share of mirrors that had all of it, in half percents;
        /// ``History/Publication/unknown`` for delays that were not over at the latest look.
        package var shares: [UInt8]

        /// The delays, in seconds: a quarter of an hour, half an hour, 1, 2, 4 … 128 hours.
        package static let delays: [Int64] = [900, 1800] + (0...7).map { 3600 << $0 }
        package static let unknown: UInt8 = 201

        /// `share` returns for a delay the share of mirrors from 0 to 1, nil if it is not known
        /// yet.
        package init(
            at: Timestamp,
            fileCount: Int,
            mirrorCount: Int,
            share: (Int64) -> Double?
        ) {
            self.at = at
            self.fileCount = fileCount
            self.mirrorCount = mirrorCount
            shares = Self.delays.map { delay in
                share(delay).map { UInt8(min(max($0, 0), 1) * 200) } ?? Self.unknown
            }
        }

        init(at: Timestamp, fileCount: Int, mirrorCount: Int, shares: [UInt8]) {
            self.at = at
            self.fileCount = fileCount
            self.mirrorCount = mirrorCount
            self.shares = shares
        }

        /// The share of mirrors that had all of it after this delay, from 0 to 1; nil if it is not
        /// known.
        package func share(afterDelay index: Int) -> Double? {
            guard shares.indices.contains(index), shares[index] < Self.unknown else { return nil }
            return Double(shares[index]) / 200
        }
    }

    /// Adds publications; each replaces the one of the same moment, unless that watched more
    /// mirrors.
    ///
    /// Publications more than ``dayLimit`` days older than the newest, and those beyond
    /// ``publicationLimit``, are removed.
    package mutating func note(_ found: [Publication]) {
        var byTime: [Timestamp: Publication] = [:]
        for publication in publications + found {
            if let known = byTime[publication.at], known.mirrorCount > publication.mirrorCount {
                continue
            }
            byTime[publication.at] = publication
        }
        let all = byTime.values.sorted { $0.at < $1.at }
        guard let newest = all.last?.at else { return }
        let oldest = newest.advanced(bySeconds: -Int64(Self.dayLimit) * 86_400)
        publications = all.filter { $0.at >= oldest }.suffix(Self.publicationLimit).map { $0 }
    }
}
