import Glibc
import Synchronization

/// Remembers which mirror was given to whom for what, so that a client whose copy was bad gets
/// another one, and one that resumes the same.
///
/// A copy that is damaged within its length is seen by nobody but the client, which asks again:
/// Portage and dnf do so at once. The key is the client's full address and the path. Its second,
/// third and fourth GET within the time get the next candidates. More than that is no client that
/// retries but a crowd behind one address, and gets the first choice as everybody does. Parts of a
/// file come from the mirror that was last given, so that a file is not put together from several
/// copies.
///
/// One for all threads of a server: 1 MiB that is touched as it is needed, and nothing is allocated
/// after the start. A key is one word in a set of four; a set that is full forgets the key that was
/// used longest ago, and that client meets the same mirror again, as without this table. Two
/// threads that change one set at once may lose one of the changes, which costs as little.
@safe package final class RetryTable: Sendable {
    /// How many keys are remembered.
    package static let capacity = setCount * setSize
    private static let setCount = 1 << 15
    private static let setSize = 4
    /// How long parts of a file come from the mirror that was given last, in seconds.
    package static let rangeSeconds: UInt64 = 600
    /// How many requests of a key get a mirror each; those beyond are a crowd's.
    private static let attemptLimit: UInt64 = 4

    /// How long a request counts as the one before the next, in seconds.
    private let seconds: UInt64
    /// Freed with the table, and shared as atomics are.
    private nonisolated(unsafe) let slots: UnsafeMutablePointer<Atomic<UInt64>>

    /// `seconds` is how soon a client asks again that did not get the file; nil when there is no
    /// memory for the table.
    package init?(seconds: Int64) {
        // Zeroed pages that the kernel gives when they are first touched, and a zero is a free
        // slot.
        guard let memory = unsafe calloc(Self.capacity, MemoryLayout<Atomic<UInt64>>.stride) else {
            return nil
        }
        self.seconds = UInt64(min(max(seconds, 1), 3600))
        unsafe slots = memory.bindMemory(to: Atomic<UInt64>.self, capacity: Self.capacity)
    }

    deinit {
        unsafe free(slots)
    }

    /// A request for a whole file, until it is known which mirror it is given.
    package struct Attempt: ~Copyable {
        fileprivate let index: Int
        fileprivate let key: UInt64
        fileprivate let now: Int64
        fileprivate let earlier: UInt64
        /// The mirror that the same client was given for the same file before, which it asks for
        /// again; nil where it does not.
        package let given: MirrorMark?

        /// How many of the candidates were given to the same key before.
        package var passedOver: Int {
            earlier < RetryTable.attemptLimit ? Int(truncatingIfNeeded: earlier) : 0
        }
    }

    /// A request of `key` for the whole file; it counts when its mirror is said to
    /// ``note(_:mirror:)``.
    ///
    /// `now` is in seconds since 1970.
    package func attempt(of key: UInt64, now: Int64) -> Attempt {
        let (index, slot) = find(key, now: now)
        let earlier = slot.map { $0.age(now) <= seconds ? $0.attempts : 0 } ?? 0
        // Those beyond the limit are a crowd's.
        let isRetry = (1..<Self.attemptLimit).contains(earlier)
        return Attempt(
            index: index,
            key: key,
            now: now,
            earlier: earlier,
            given: isRetry ? slot?.mirror : nil
        )
    }

    /// A request of `key` for a whole file of a set, which `set` stands for; nil for one that is in
    /// none.
    ///
    /// A file that is asked for again moves the set on by one mirror, and with it all files that
    /// are asked for then; one that was last given before the set moved on follows it.
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

    /// Counts `attempt`, which is given `mirror`.
    package func note(_ attempt: consuming Attempt, mirror: MirrorMark) {
        let slot = Slot(
            key: attempt.key,
            now: attempt.now,
            attempts: min(attempt.earlier + 1, Self.attemptLimit + 1),
            mirror: mirror
        )
        unsafe slots[attempt.index].store(slot.word, ordering: .relaxed)
    }

    /// The mirror that was last given to `key`, which now asks for a part of the file; nil when
    /// that is longer ago than ten minutes, or not known.
    package func mirrorGiven(to key: UInt64, now: Int64) -> MirrorMark? {
        let (index, slot) = find(key, now: now)
        guard let slot, slot.age(now) <= Self.rangeSeconds else { return nil }
        // A download that goes on for hours stays where it is.
        let attempts = slot.age(now) <= seconds ? slot.attempts : 0
        let new = Slot(key: key, now: now, attempts: attempts, mirror: slot.mirror)
        unsafe slots[index].store(new.word, ordering: .relaxed)
        return slot.mirror
    }

    /// The slot of `key`, old or new.
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

/// One key in one word: 28 bits of its hash, the mirror, the second modulo 2^17, how often it came.
///
/// 36 hours later an old second looks like a new one; a client that comes back just then gets its
/// second mirror first.
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
