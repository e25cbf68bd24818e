import Catalogs
import Time

/// One pass over all files.
struct Sweep: Sendable {
    /// Files that were asked for after this time are skipped.
    var before: Timestamp
    /// One neighbourhood after the other; otherwise one file of each, then another of each.
    var isByFolder: Bool
    /// The maximum number of files of each to ask for, unless it is by folder.
    var roundLimit = Int.max
    private var round = 0
    private var number = 0
    private var hadMore = false

    init(before: Timestamp, isByFolder: Bool, roundLimit: Int = .max) {
        self.before = before
        self.isByFolder = isByFolder
        self.roundLimit = roundLimit
    }

    /// The next file, in any state; if one file of each is asked for, the next that `suits`.
    ///
    /// Nil at the end.
    mutating func next(
        in neighbourhoods: Neighbourhoods,
        where suits: (FileID) -> Bool = { _ in true }
    ) -> FileID? {
        if isByFolder { return nextByFolder(in: neighbourhoods) }
        while round < roundLimit {
            while number < neighbourhoods.count {
                let files = neighbourhoods[number]
                number += 1
                guard round < files.count else { continue }
                if round + 1 < files.count { hadMore = true }
                // Not always the first by number, which may have been the first to be lost.
                let offset = Int(neighbourhoods.keys[number - 1] >> 32)
                guard roundLimit == 1 else { return files[(round + offset) % files.count] }
                // A new or long-missing file says nothing about the others.
                let positions = (0..<files.count).lazy.map { files[(offset + $0) % files.count] }
                if let file = positions.first(where: suits) { return file }
            }
            guard hadMore, round + 1 < roundLimit else { return nil }
            (round, number, hadMore) = (round + 1, 0, false)
        }
        return nil
    }

    private mutating func nextByFolder(in neighbourhoods: Neighbourhoods) -> FileID? {
        while number < neighbourhoods.count {
            let files = neighbourhoods[number]
            if round < files.count {
                round += 1
                return files[round - 1]
            }
            (round, number) = (0, number + 1)
        }
        return nil
    }
}
