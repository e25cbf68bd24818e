import Testing

@testable import HTTPTransport

@Suite struct FTPReplyTests {
    static let homes: [(text: String, path: String?)] = [
        (#""/" is the current directory"#, ""), (#""/pub/gentoo/""#, "/pub/gentoo"),
        (#"Here: "/a ""quoted"" name" ok"#, #"/a "quoted" name"#), ("/pub", nil),
        (#""/open"#, "/open"),
    ]

    @Test(arguments: homes)
    func readsTheWorkingDirectory(_ row: (text: String, path: String?)) {
        let path = FTPReply(code: 257, text: row.text).quotedPath
        #expect(path == row.path.map { Array($0.utf8) })
    }

    static let ports: [(code: Int, text: String, extended: Int?, old: Int?)] = [
        (229, "Entering Extended Passive Mode (|||6446|)", 6446, nil),
        (229, "(|||0|)", nil, nil), (229, "(|||65536|)", nil, nil), (229, "(6446)", nil, nil),
        (500, "(|||6446|)", nil, nil),
        (227, "Entering Passive Mode (127,0,0,1,25,46).", nil, 6446),
        (227, "=127,0,0,1,0,21", nil, 21), (227, "(127,0,0,1,256,46)", nil, nil),
        (227, "25,46", nil, nil), (425, "(127,0,0,1,25,46)", nil, nil),
    ]

    @Test(arguments: ports)
    func readsPorts(_ row: (code: Int, text: String, extended: Int?, old: Int?)) {
        let reply = FTPReply(code: row.code, text: row.text)
        #expect(reply.extendedPassivePort == row.extended)
        #expect(reply.passivePort == row.old)
    }

    @Test(arguments: [
        ("Extensions supported:\n MDTM\n mlst type*;size*;\nEnd", true),
        ("Features:\n MLST\nEnd", true), ("Features:\n SIZE\nEnd MLST", false), ("", false),
    ])
    func knowsServersWithMachineReadableLists(_ row: (text: String, lists: Bool)) {
        #expect(FTPReply(code: 211, text: row.text).hasMachineListing == row.lists)
    }

    @Test(arguments: [
        ("Output truncated to 10000 matches", true),
        ("Transfer done (but failed to open directory).", true),
        ("Directory send OK.", false), ("2 matches total, unfailed", false),
    ])
    func knowsAListingThatIsCut(_ row: (text: String, isCut: Bool)) {
        #expect(FTPReply(code: 226, text: row.text).saysThatItIsCut == row.isCut)
    }
}
