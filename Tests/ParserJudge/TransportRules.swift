import FTPListing
import HTTPListing
import HTTPTransport
import Mirrors
import RsyncListing

/// The readers of what mirrors send.
///
/// The first byte of an input says where the rest is divided, so that a line, a field or an escape
/// may be split anywhere.
enum TransportRules {
    /// The two pieces of an input; both are empty if it has no byte that says where it is divided.
    private static func pieces(_ input: [UInt8]) -> (first: ArraySlice<UInt8>, ArraySlice<UInt8>) {
        let bytes = input.dropFirst()
        let cut = bytes.startIndex + min(Int(input.first ?? 0), bytes.count)
        return (bytes[..<cut], bytes[cut...])
    }

    static func ftpReplies(_ input: [UInt8]) -> String? {
        let (first, second) = pieces(input)
        func replies(_ pieces: [ArraySlice<UInt8>]) -> (replies: [FTPReply], isMalformed: Bool) {
            var parser = FTPReplyParser()
            var replies: [FTPReply] = []
            do throws(FTPReplyParser.Malformed) {
                for piece in pieces { replies += try parser.consume(piece) }
            } catch {
                return (replies, true)
            }
            return (replies, false)
        }
        let whole = replies([first + second])
        let torn = replies([first, second])
        guard whole.isMalformed == torn.isMalformed else { return "a cut changes the verdict" }
        // A piece that ends in an error gives none of its replies.
        if !whole.isMalformed, whole.replies != torn.replies { return "a cut changes the replies" }
        guard whole.replies.allSatisfy({ (100...599).contains($0.code) }) else {
            return "a code that no reply has"
        }
        return nil
    }

    static func ftpListings(_ input: [UInt8]) -> String? {
        let (first, second) = pieces(input)
        for format in [FTPListingParser.Format.facts, .columns] {
            func entries(_ pieces: [ArraySlice<UInt8>]) -> (entries: [FTPEntry], unknown: Int) {
                var parser = FTPListingParser(format)
                var entries: [FTPEntry] = []
                for piece in pieces { parser.consume(piece) { entries.append($0) } }
                parser.finish(isWhole: true) { entries.append($0) }
                return (entries, parser.unknownLineCount)
            }
            let whole = entries([first + second])
            guard whole == entries([first, second]) else { return "a cut changes the entries" }
            for entry in whole.entries {
                guard !entry.name.isEmpty, !entry.name.contains(UInt8(ascii: "/")),
                    entry.name.count <= input.count
                else { return "a name that is none" }
            }
        }
        return nil
    }

    static func rsyncLines(_ input: [UInt8]) -> String? {
        let (first, second) = pieces(input)
        func entries(_ pieces: [ArraySlice<UInt8>]) -> (entries: [RsyncEntry], unknown: Int) {
            var parser = RsyncListingParser()
            var entries: [RsyncEntry] = []
            for piece in pieces { parser.consume(piece) { entries.append($0) } }
            parser.finish()
            return (entries, parser.unknownLineCount)
        }
        let whole = entries([first + second])
        guard whole == entries([first, second]) else { return "a cut changes the entries" }
        guard whole.entries.allSatisfy({ $0.path.bytes.count <= input.count }) else {
            return "a path that is longer than its line"
        }
        return nil
    }

    static func httpListings(_ input: [UInt8]) -> String? {
        let (first, second) = pieces(input)
        func read(
            _ pieces: [ArraySlice<UInt8>]
        ) -> (names: [ListedName], outcome: ListingReader.Outcome)? {
            guard var reader = ListingReader(url: "http://mirror.example/gentoo/dist/") else {
                return nil
            }
            var names: [ListedName] = []
            for piece in pieces { reader.consume(piece) { names.append($0) } }
            return (names, reader.finish())
        }
        guard let whole = read([first + second]), let torn = read([first, second]) else {
            return "a URL that is one is refused"
        }
        guard whole.names == torn.names, whole.outcome == torn.outcome else {
            return "a cut changes the names"
        }
        for name in whole.names {
            guard !name.name.isEmpty, !name.name.contains(UInt8(ascii: "/")),
                name.name != Array(".".utf8), name.name != Array("..".utf8)
            else { return "a name that leads out of its folder" }
        }
        return nil
    }

    static func responseHeads(_ input: [UInt8]) -> String? {
        let (first, second) = pieces(input)
        func heads(
            _ pieces: [ArraySlice<UInt8>]
        ) -> (heads: [ResponseHead], error: ResponseHeadError?) {
            var parser = ResponseHeadParser()
            var heads: [ResponseHead] = []
            do throws(ResponseHeadError) {
                for piece in pieces {
                    let bytes = Array(piece)
                    var position = 0
                    while let head = try parser.next(in: bytes.span, from: &position) {
                        heads.append(head)
                    }
                }
            } catch {
                return (heads, error)
            }
            return (heads, nil)
        }
        let whole = heads([first + second])
        let torn = heads([first, second])
        guard whole.heads == torn.heads, (whole.error == nil) == (torn.error == nil) else {
            return "a cut changes the heads"
        }
        guard whole.heads.allSatisfy({ (100...999).contains($0.status) }) else {
            return "a status that no answer has"
        }
        return nil
    }
}
