import Catalogs
import CheckPlanning
import Compression
import HTTPListing
import HTTPTransport
import Mirrors

/// The download of one listing page, from its bytes to what it says about expected files.
final class ListingDownload {
    let question: Question
    /// The request's tag until its answer has come.
    let tag: RequestTag
    /// The server was told to wait.
    var isWaiting = false

    private let expected: ExpectedFiles?
    private var reader: ListingReader?
    private var inflation: Inflation?
    /// Received bytes that were not read yet.
    private var pieces: [ArraySlice<UInt8>] = []
    private var pieceByteCount = 0
    private var textByteCount = 0
    private var entries: [FileID: FolderListing.Entry] = [:]
    /// Names that were listed twice with different properties.
    private var ambiguous: Set<FileID> = []
    private var ending: Ending?
    /// Why the rest of the page is not read; nil while it is.
    private var cut: String?
    /// The path of the current entry: the folder's path with a slash, to which names are appended.
    private var path: [UInt8]
    private let folderByteCount: Int

    private enum Ending {
        case answered(Int)
        case failed(Reply)
    }

    /// The maximum number of unread bytes: more than one iteration of the loop brings.
    private static let longestWait = 1 << 18
    /// The longest page: twice what nginx writes for names of 50 bytes, with all expected files in
    /// one folder, and some room for unexpected ones.
    private var longestText: Int { 1 << 22 + 512 * (expected?.count ?? 0) }
    /// How much is read between two checks of the clock.
    private static let pieceLength = 16_384

    init(_ question: Question, tag: RequestTag, in expected: ExpectedFiles?) {
        self.question = question
        self.tag = tag
        self.expected = expected
        path = Array(question.path)
        if !path.isEmpty { path.append(UInt8(ascii: "/")) }
        folderByteCount = path.count
    }

    /// Whether enough bytes wait to be read.
    var isFull: Bool { pieceByteCount >= Self.longestWait }

    var hasWork: Bool { !pieces.isEmpty || ending != nil }

    func receive(_ piece: WebClient.Piece) -> WebClient.Reception {
        guard cut == nil else { return .enough }
        guard !isFull else {
            isWaiting = true
            return .notNow
        }
        if reader == nil { begin(piece) }
        guard cut == nil else { return .enough }
        pieces.append(piece.bytes)
        pieceByteCount += piece.bytes.count
        return .taken
    }

    private func begin(_ piece: WebClient.Piece) {
        guard let reader = ListingReader(url: piece.url) else {
            cut = "the page has no URL that ends in a slash"
            return
        }
        self.reader = reader
        switch piece.encoding {
        case nil, "identity": break
        case "gzip", "x-gzip": inflation = Inflation()
        case let other?: cut = "the page is encoded as \(other)"
        }
    }

    /// Records that the page has ended.
    func end(_ result: Result<WebClient.Head, WebClient.Failure>) {
        switch result {
        case .success(let head): ending = .answered(head.status)
        case .failure: ending = .failed(WebTransport.reply(result))
        }
    }

    /// Reads what was received, and returns what the page says once it is complete.
    func work(_ slice: inout WorkSlice) -> Reply? {
        guard expected?.prepare(&slice) ?? true else { return nil }
        while let piece = pieces.first {
            if slice.isOverNow() { return nil }
            let part = piece.prefix(Self.pieceLength)
            if part.count == piece.count {
                pieces.removeFirst()
            } else {
                pieces[0] = piece.dropFirst(part.count)
            }
            pieceByteCount -= part.count
            if inflation == nil { read(part) } else if !inflate(part, &slice) { return nil }
        }
        return ending.map(reply)
    }

    /// Inflates what was received; false if the next slice must continue.
    private func inflate(_ part: ArraySlice<UInt8>, _ slice: inout WorkSlice) -> Bool {
        guard let inflation else { return true }
        var rest = part
        do throws(Inflation.Damaged) {
            // The output may be a thousand times the input.
            while cut == nil, let text = try inflation.next(from: &rest) {
                read(text)
                guard slice.isOverNow() else { continue }
                pieces.insert(rest, at: 0)
                pieceByteCount += rest.count
                return false
            }
        } catch {
            cut = "what came is no gzip"
        }
        return true
    }

    private func read(_ text: ArraySlice<UInt8>) {
        guard cut == nil else { return }
        textByteCount += text.count
        guard textByteCount <= longestText else {
            cut = "longer than \(longestText) bytes"
            return
        }
        reader?.consume(text) { take($0) }
    }

    private func take(_ name: ListedName) {
        guard let expected else { return }
        path.removeSubrange(folderByteCount...)
        path.append(contentsOf: name.name)
        guard let id = expected.id(of: path[...]) else { return }
        let entry = FolderListing.Entry(
            id: id,
            isDirectory: name.isDirectory,
            byteCount: name.byteCount
        )
        if let known = entries.updateValue(entry, forKey: id), known != entry {
            ambiguous.insert(id)
        }
    }

    private func reply(_ ending: Ending) -> Reply {
        let status: Int
        switch ending {
        case .failed(let reply): return reply
        case .answered(let answered): status = answered
        }
        guard status == 200 else { return .answered(status: status, byteCount: nil) }
        // It was written by someone else, perhaps on the master.
        guard !hasIndexFile else {
            return .unusable(reason: "no listing: the folder has an index file of its own")
        }
        if let inflation, !inflation.isOver { cut = cut ?? "the page has no end" }
        guard let reader, case .listing(let isWhole) = finished(reader) else {
            return .unusable(reason: "no listing: \(cut ?? "some other page")")
        }
        for id in ambiguous { entries[id] = nil }
        return .listed(
            FolderListing(
                entries: Array(entries.values),
                listedCount: reader.nameCount,
                isWhole: isWhole && cut == nil && ambiguous.isEmpty
                    && !Self.looksCut(reader.nameCount)
            )
        )
    }

    private var hasIndexFile: Bool {
        ["index.html", "index.htm"].contains { name in
            let id = expected?.id(of: path[..<folderByteCount] + Array(name.utf8))
            return id.map { expected?.catalog.isLive($0) == true } ?? false
        }
    }

    private func finished(_ reader: ListingReader) -> ListingReader.Outcome {
        var reader = reader
        return reader.finish()
    }

    /// Servers truncate listings at round numbers, and end the page as if it were complete.
    private static func looksCut(_ count: Int) -> Bool { count > 0 && count.isMultiple(of: 1000) }
}
