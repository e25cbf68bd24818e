import Glibc
import Synchronization

/// Remembers which client got which mirror for which file, so that a client whose copy was bad gets
/// another mirror, and one that resumes gets the same.
///
/// Only the client notices a copy that is damaged but has the right length, and requests it again;
/// Portage and dnf do so at once. The key is the client's full address and the path. Its second,
/// third and fourth GET within the time get the next candidates. Any more come from a crowd behind
/// one address, not from a client that retries, and get the first choice like everybody. Parts of a
/// file come from the latest mirror, so that a file is not assembled from several copies.
///
/// All threads of a server share one: 1 MiB, touched on demand, with no allocation after the start.
/// A key is one word in a set of four. A full set drops the least recently used key, whose client
/// then gets the same mirror again, as without this table. Two threads that change the same set at
/// once may lose one of the changes, which costs just as little.
@safe package final class RetryTable: Sendable {
    /// The number of remembered keys.
    package static let capacity = setCount * setSize
    private static let setCount = 1 << 15
    private static let setSize = 4
    /// How long parts of a file come from the latest mirror, in seconds.
    package static let rangeSeconds: UInt64 = 600
    /// How many requests of a key get a mirror each; further ones come from a crowd.
    private static let attemptLimit: UInt64 = 4

    /// The maximum time between two requests that count as a retry, in seconds.
    private let seconds: UInt64
    /// Freed with the table; shared like any atomics.
    private nonisolated(unsafe) let slots: UnsafeMutablePointer<Atomic<UInt64>>

    /// `seconds` is the maximum time for a retry; nil if there is no memory for the table.
    package init?(seconds: Int64) {
        // Zeroed pages, which the kernel supplies on first access; zero is a free slot.
        guard let memory = unsafe calloc(Self.capacity, MemoryLayout<Atomic<UInt64>>.stride) else {
            return nil
        }
        self.seconds = UInt64(min(max(seconds, 1), 3600))
        unsafe slots = memory.bindMemory(to: Atomic<UInt64>.self, capacity: Self.capacity)
    }

    deinit {
        unsafe free(slots)
    }

    /// A request for a whole file whose mirror is not chosen yet.
    package struct Attempt: ~Copyable {
        fileprivate let index: Int
        fileprivate let key: UInt64
        fileprivate let now: Int64
        fileprivate let earlier: UInt64
        /// The mirror that the same client got for this file before, if this is a retry; otherwise
        /// nil.
        package let given: MirrorMark?

        /// How many of the candidates the same key got before.
        package var passedOver: Int {
            earlier < RetryTable.attemptLimit ? Int(truncatingIfNeeded: earlier) : 0
        }
    }

    /// A request of `key` for the whole file; it only counts once its mirror is passed to
    /// ``note(_:mirror:)``.
    ///
    /// `now` is in seconds since 1970.
    package func attempt(of key: UInt64, now: Int64) -> Attempt {
        let (index, slot) = find(key, now: now)
        let earlier = slot.map { $0.age(now) <= seconds ? $0.attempts : 0 } ?? 0
        // Further ones come from a crowd.
        let isRetry = (1..<Self.attemptLimit).contains(earlier)
        return Attempt(
            index: index,
            key: key,
            now: now,
            earlier: earlier,
            given: isRetry ? slot?.mirror : nil
        )
    }

    /// A request of `key` for a whole file of the set with the key `set`; nil if it is in none.
    ///
    /// A repeated request moves the set on by one mirror, and with it all files of the set that are
    /// requested afterwards; a file that was last given before the move follows it.
    package func attempt(of key: UInt64, inSet set: UInt64?, now: Int64) -> Attempt {
        guard let set else { return attempt(of: key, now: now) }
        let (setIndex, setSlot) = find(set, now: now)
        var moves = setSlot.map { $0.age(now) <= seconds ? $0.attempts : 0 } ?? 0
        let (index, slot) = find(key, now: now)
        var given: MirrorMark?
        if let slot, slot.age(now) <= seconds, slot.attempts == moves + 1 {
            moves = min(moves + 1, Self.attemptLimit)
            given = moves < Self.attemptLimit ? slot.mirror : nil
        }
        if moves > 0 {
            let moved = Slot(key: set, now: now, attempts: moves, mirror: MirrorMark(bits: 0))
            unsafe slots[setIndex].store(moved.word, ordering: .relaxed)
        }
        return Attempt(index: index, key: key, now: now, earlier: moves, given: given)
    }

    /// Counts `attempt`, which gets `mirror`.
    package func note(_ attempt: consuming Attempt, mirror: MirrorMark) {
        let slot = Slot(
            key: attempt.key,
            now: attempt.now,
            attempts: min(attempt.earlier + 1, Self.attemptLimit + 1),
            mirror: mirror
        )
        unsafe slots[attempt.index].store(slot.word, ordering: .relaxed)
    }

    /// The latest mirror of `key`, for a request for a part of the file; nil if it is unknown or
    /// older than ten minutes.
    package func mirrorGiven(to key: UInt64, now: Int64) -> MirrorMark? {
        let (index, slot) = find(key, now: now)
        guard let slot, slot.age(now) <= Self.rangeSeconds else { return nil }
        // A download that lasts for hours stays with its mirror.
        let attempts = slot.age(now) <= seconds ? slot.attempts : 0
        let new = Slot(key: key, now: now, attempts: attempts, mirror: slot.mirror)
        unsafe slots[index].store(new.word, ordering: .relaxed)
        return slot.mirror
    }

    /// The slot of `key`, existing or new.
    private func find(_ key: UInt64, now: Int64) -> (index: Int, slot: Slot?) {
        let first = Int(truncatingIfNeeded: key & UInt64(Self.setCount - 1)) * Self.setSize
        var oldest = (index: first, age: UInt64(0))
        for index in first..<first + Self.setSize {
            let slot = Slot(word: unsafe slots[index].load(ordering: .relaxed))
            if slot.belongs(to: key) { return (index, slot) }
            let age = slot.isFree ? .max : slot.age(now)
            if age > oldest.age { oldest = (index, age) }
        }
        return (oldest.index, nil)
    }
}

/// A key in one word: 28 bits of its hash, the mirror, the time in seconds modulo 2^17, and a
/// count.
///
/// After 36 hours an old time looks recent; a client that returns at that moment gets its second
/// mirror first.
private struct Slot {
    let word: UInt64

    private static let secondMask: UInt64 = 0x1_FFFF

    init(word: UInt64) {
        self.word = word
    }

    init(key: UInt64, now: Int64, attempts: UInt64, mirror: MirrorMark) {
        let second = UInt64(truncatingIfNeeded: now) & Self.secondMask
        word = (key & ~0xF_FFFF_FFFF) | mirror.bits &<< 20 | second &<< 3 | (attempts & 7)
    }

    var isFree: Bool { word == 0 }

    func belongs(to key: UInt64) -> Bool {
        word != 0 && word &>> 36 == key &>> 36
    }

    var attempts: UInt64 { word & 7 }

    var mirror: MirrorMark { MirrorMark(bits: word &>> 20 & 0xFFFF) }

    func age(_ now: Int64) -> UInt64 {
        (UInt64(truncatingIfNeeded: now) &- word &>> 3) & Self.secondMask
    }
}
