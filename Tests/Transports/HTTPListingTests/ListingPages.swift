import HTTPListing

/// A page read as it arrives: by default in pieces of 7 bytes, so that everything is cut somewhere.
func read(
    _ page: [UInt8],
    at url: String = "http://mirror.example/gentoo/distfiles/",
    pieces: Int = 7
) -> (names: [ListedName], outcome: ListingReader.Outcome?) {
    guard var reader = ListingReader(url: url) else { return ([], nil) }
    var names: [ListedName] = []
    var rest = page[...]
    while !rest.isEmpty {
        reader.consume(rest.prefix(pieces)) { names.append($0) }
        rest = rest.dropFirst(pieces)
    }
    return (names, reader.finish())
}

func read(
    _ page: String,
    at url: String = "http://mirror.example/gentoo/distfiles/"
) -> (names: [ListedName], outcome: ListingReader.Outcome?) {
    read(Array(page.utf8), at: url)
}

extension ListedName {
    static func file(_ name: String, _ byteCount: UInt64? = nil) -> ListedName {
        ListedName(name: Array(name.utf8), byteCount: byteCount)
    }

    static func folder(_ name: String) -> ListedName {
        ListedName(name: Array(name.utf8), isDirectory: true)
    }
}
