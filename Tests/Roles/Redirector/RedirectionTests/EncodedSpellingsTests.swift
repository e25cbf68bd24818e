import Redirection
import Testing

@Suite struct EncodedSpellingsTests {
    static let table: [(path: String, spellings: [String])] = [
        ("", []),
        ("a", []),
        ("a b", ["a%20b"]),
        ("distfiles/a", ["distfiles%2Fa"]),
        (
            "distfiles/ab/x/y.zip",
            [
                "distfiles/ab/x%2Fy.zip", "distfiles/ab%2Fx%2Fy.zip", "distfiles%2Fab%2Fx%2Fy.zip",
            ]
        ),
        ("d/x y/z", ["d/x%20y%2Fz", "d%2Fx%20y%2Fz"]),
        ("d/x/y z", ["d/x/y%20z", "d/x%2Fy%20z", "d%2Fx%2Fy%20z"]),
        ("distfiles/", []),
    ]

    @Test(arguments: table)
    func areTriedFromTheNameUpwards(_ row: (path: String, spellings: [String])) {
        var spellings = EncodedSpellings(of: Array(row.path.utf8))
        for expected in row.spellings {
            #expect(spellings.next().map { String(decoding: $0, as: UTF8.self) } == expected)
        }
        #expect(spellings.next() == nil)
    }

    /// An unknown path costs a bounded number of look-ups.
    @Test func endAfterEightSlashes() {
        let path = Array(String(repeating: "a/", count: 500).utf8) + [0x61]
        var spellings = EncodedSpellings(of: path)
        var count = 0
        while spellings.next() != nil { count += 1 }
        #expect(count == 8)
    }

    /// Every name that was torn apart by decoding twice is put together again.
    @Test(
        arguments: [
            "sigs.k8s.io%2Fyaml%2F@v%2Fv1.4.0.zip", "Modrinth%20App_0.14.5_amd64.deb",
            "ZED%20Online%20v0.3.2%20Linux.zip", "a%2Fb%2Fc%2Fd%2Fe%2Ff%2Fg%2Fh",
        ],
        ["distfiles/", "distfiles/ab/", ""]
    )
    func findTheNameAgain(_ name: String, below folder: String) {
        let decoded = name.split(separator: "%2F").joined(separator: "/")
            .split(separator: "%20").joined(separator: " ")
        var spellings = EncodedSpellings(of: Array((folder + decoded).utf8))
        var found = false
        while let path = spellings.next() { found = found || path == Array((folder + name).utf8) }
        #expect(found)
    }
}
