import Catalogs
import CheckStates
import Mirrors
import Time

// Folder listings: one request for hundreds of files. A listing never condemns a file. An expected
// entry renews a proof if the file was asked for by name within sixty days; a file that it lacks,
// or a missing one that it shows, is asked for by name at once.
extension Visit {
    /// The folders to list, and what listings renew.
    struct Folders: Sendable {
        /// One file of each folder that is to be listed.
        var queue = FileQueue()
        var inFlightCount = 0
        /// Until when folders were listed before this visit; nil if none will be listed in it.
        var listedBefore: Timestamp?
        /// Whether the listing of another access point of the mirror renews proofs.
        var isVouched = false
    }

    /// Queues the folders that are due.
    mutating func planFolders(_ now: Timestamp) {
        guard profile.isWeb, state.doubtedAt == nil || state.memory.doubtReason == .contradictory
        else { return }
        switch state.memory.listing.kind {
        case .useful: break
        case .unknown, .lacking, .distrusted:
            planTrial(now)
            return
        }
        let start = state.memory.served.listedUntil ?? now
        // After a long absence, each folder once.
        let earliest = max(start, now.advanced(bySeconds: -listingPeriod * profile.share.count))
        guard now > earliest else {
            if state.memory.served.listedUntil == nil { state.memory.served.listedUntil = now }
            return
        }
        state.memory.served.listedUntil = now
        folders.listedBefore = folders.listedBefore ?? start
        for (folder, file) in someFileOfEachFolder() {
            let key = StableHash.mix(neighbourhoods.folderKeys[folder])
            let slot = profile.slot(of: key, every: listingPeriod, after: earliest)
            if slot <= now { folders.queue.append(file) }
        }
    }

    /// How often a folder is listed: more often if servers behind the name differ, because each
    /// listing may come from another one.
    private var listingPeriod: Int64 {
        state.memory.inconsistentSince.map {
            openedAt.seconds(since: $0) < PolicySettings.contradictionSeconds
        } ?? false ? PolicySettings.listingSeconds / 6 : PolicySettings.listingSeconds
    }

    /// Tries to list one folder, once most of the mirror has been seen.
    private mutating func planTrial(_ now: Timestamp) {
        let memory = state.memory.listing
        guard
            memory.kind == .unknown
                || now.seconds(since: memory.since) >= PolicySettings.listingTrialSeconds,
            totals.firstPassLeft == 0, folders.queue.isEmpty, folders.inFlightCount == 0
        else { return }
        // The folder with the most files: if it can be listed, listings are worthwhile.
        var best: (size: Int32, number: Int)?
        for number in tallies.indices
        where tallies[number].present > best?.size ?? PolicySettings.listingTrialSize {
            best = (tallies[number].present, number)
        }
        guard let best else { return }
        if let file = neighbourhoods[best.number].first(where: isTrusted) {
            folders.queue.append(file)
        }
    }

    /// For each folder that has something here, its number and one of its files.
    private func someFileOfEachFolder() -> [(folder: Int, file: FileID)] {
        var seen = [Bool](repeating: false, count: neighbourhoods.folderKeys.count)
        var files: [(folder: Int, file: FileID)] = []
        for number in tallies.indices where tallies[number].present > 0 {
            let folder = neighbourhoods.folders[number]
            guard !seen[folder], let file = neighbourhoods[number].first else { continue }
            seen[folder] = true
            files.append((folder, file))
        }
        return files
    }

    mutating func takeFolders(_ limit: Int, into plannedQuestions: inout [PlannedQuestion]) {
        while plannedQuestions.count < limit, let file = folders.queue.popFirst() {
            guard neighbourhoods.number(of: file) != nil else { continue }
            folders.inFlightCount += 1
            plannedQuestions.append(PlannedQuestion(.folder(of: file), urgency: .routine))
        }
    }

    /// Records that a folder was not listed.
    mutating func takeNoListing(_ reply: Reply, _ now: Timestamp) {
        switch reply {
        // The reply says nothing about listings.
        case .failed, .notAsked, .listed: return
        case .answered(429, _), .answered(503, _): return
        case .answered, .unusable: break
        }
        // One folder of many may be closed; its files fall back to questions by name.
        guard state.memory.listing.kind != .useful else { return }
        state.memory.listing = ListingMemory(.lacking, since: now)
    }

    /// Takes a listing of the folder that contains `file`.
    mutating func take(_ listing: FolderListing, ofFolderWith file: FileID, _ now: Timestamp) {
        guard let number = neighbourhoods.number(of: file) else { return }
        let folder = neighbourhoods.folders[number]
        var listed: [FileID: FolderListing.Entry] = [:]
        for entry in listing.entries { listed[entry.id] = entry }
        var lacking: [FileID] = []
        var agreedCount = 0
        for piece in neighbourhoods.pieces(of: folder) {
            for file in neighbourhoods[piece] {
                let isPresent = !isFresh(file) && state.outcome(of: file) == .present
                if let entry = listed[file], agrees(entry, file) {
                    if isPresent {
                        agreedCount += 1
                        renew(file, now)
                    } else {
                        noteShown(file, now)
                    }
                } else if isPresent, listing.isWhole {
                    lacking.append(file)
                }
            }
        }
        // A page without any known file is not a listing of the folder.
        guard agreedCount > 0 else {
            takeNoListing(.unusable(reason: "lists other names"), now)
            return
        }
        if state.memory.listing.kind != .useful {
            state.memory.listing = ListingMemory(.useful, since: now)
            // Each folder has its own time, and is reached within a day.
            state.memory.served.listedUntil = now
            if state.memory.doubtReason == .contradictory { liftDoubt(now) }
        }
        noteLacking(lacking, agreedCount, now)
        takeRemoved(listed, listing, inFolder: policy.folderPath(of: file), now)
    }

    func agrees(_ entry: FolderListing.Entry, _ file: FileID) -> Bool {
        guard entry.isDirectory == catalog.leadsToDirectory(file) else {
            // A link to a folder may be listed as either.
            return catalog.kind(of: file) == .symlink && catalog.leadsToDirectory(file)
        }
        guard let seen = entry.byteCount, let expected = catalog.byteCount(of: file)
        else { return true }
        // For a link, some servers give the length of the link itself.
        return seen == expected || catalog.kind(of: file) == .symlink
    }

    /// Renews a proof by a listing.
    private mutating func renew(_ file: FileID, _ now: Timestamp) {
        let index = Int(file.rawValue)
        let observations = state.observations
        let limit = now.advanced(bySeconds: -PolicySettings.listedProofSeconds)
        guard Int64(observations.askedTime(at: index)) >= limit.secondsSinceEpoch,
            observations.status(at: index) & ObservationColumns.contestedBit == 0,
            observations.failures(at: index) == 0
        else { return }
        let time = now.secondsSinceEpoch - now.secondsSinceEpoch % 600
        guard Int64(observations.observedTime(at: index)) < time else { return }
        state.note(Timestamp(secondsSinceEpoch: time), asSeeing: file)
    }

    /// Asks for a missing file that is listed, but not repeatedly if earlier listings of it were
    /// wrong.
    private mutating func noteShown(_ file: FileID, _ now: Timestamp) {
        let observation = state[file]
        guard !inFlight.contains(file) else { return }
        guard !isFresh(file) else {
            news.queue.append(file)
            return
        }
        // It may be another server's file than the one that was asked; the file's own schedule
        // applies.
        guard state.memory.contests.isEmpty || state.memory.contests[file.rawValue] == nil,
            state.memory.inconsistentSince == nil || !observation.isLoss
        else { return }
        let sinceAsked = now.seconds(since: observation.askedAt)
        if observation.isLoss, sinceAsked < PolicySettings.guardSeconds,
            observation.outcome == .absent
        {
            // It was asked for by name a moment ago, and is missing.
            state.memory.listing = ListingMemory(.distrusted, since: now)
            return
        }
        guard sinceAsked >= PolicySettings.listingSeconds * 5 / 6 else { return }
        suspicions.insert(file, dueAt: Timestamp(secondsSinceEpoch: 1))
    }

    /// Asks for what a listing lacks: everything, or a sample of many, whose losses lead to the
    /// rest.
    private mutating func noteLacking(_ files: [FileID], _ agreedCount: Int, _ now: Timestamp) {
        let isMuch = files.count > max(PolicySettings.lackingSample, agreedCount / 10)
        let limit = isMuch ? PolicySettings.lackingSample : files.count
        let stride = max(1, files.count / max(1, limit))
        for position in Swift.stride(from: 0, to: files.count, by: stride).prefix(limit) {
            let file = files[position]
            guard !inFlight.contains(file) else { continue }
            guard state.memory.inconsistentSince == nil else {
                contest(file, now)
                continue
            }
            suspicions.insert(file, dueAt: Timestamp(secondsSinceEpoch: 1))
        }
    }

    /// Whether listings renew the proofs of a neighbourhood.
    func isListed(_ number: Int, _ now: Timestamp) -> Bool {
        guard state.memory.listing.kind == .useful || folders.isVouched else { return false }
        let limit = now.secondsSinceEpoch - 2 * PolicySettings.listingSeconds
        let observations = state.observations
        // One file suffices, because they are renewed together.
        for file in neighbourhoods[number] where isTrusted(file) {
            return Int64(observations.observedTime(at: Int(file.rawValue))) >= limit
        }
        return false
    }
}
