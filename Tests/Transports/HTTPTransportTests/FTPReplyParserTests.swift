import Testing

@testable import HTTPTransport

@Suite struct FTPReplyParserTests {
    struct Conversation: Sendable {
        var text: String
        var replies: [FTPReply]
    }

    static let conversations: [Conversation] = [
        Conversation(text: "220 ready\r\n", replies: [FTPReply(code: 220, text: "ready")]),
        Conversation(text: "226\r\n", replies: [FTPReply(code: 226, text: "")]),
        Conversation(
            text: "220-Welcome\r\n220 is a port\r\n213 5\n",
            replies: [
                FTPReply(code: 220, text: "Welcome\nis a port"), FTPReply(code: 213, text: "5"),
            ]
        ),
        Conversation(
            text: "211-Features:\r\n MDTM\r\n 211 no end\r\n213-no end\r\n211 End\r\n",
            replies: [FTPReply(code: 211, text: "Features:\n MDTM\n 211 no end\n213-no end\nEnd")]
        ),
        Conversation(text: "220 not whole", replies: []),
    ]

    @Test(arguments: conversations) func cutsReplies(_ conversation: Conversation) throws {
        for chunk in [1, 2, 7, 1000] {
            var parser = FTPReplyParser()
            var replies: [FTPReply] = []
            var rest = Array(conversation.text.utf8)[...]
            while !rest.isEmpty {
                replies += try parser.consume(rest.prefix(chunk))
                rest = rest.dropFirst(chunk)
            }
            #expect(replies == conversation.replies)
        }
    }

    @Test(
        arguments: [
            "HTTP/1.1 200 OK\r\n", "\r\n", "22\r\n", "999 what\r\n", "099 what\r\n",
            String(repeating: "2", count: 10_000),
            "220-a\r\n" + String(repeating: "x\r\n", count: 30_000),
            "257-a\r\n" + String(repeating: String(repeating: "x", count: 8000) + "\r\n", count: 9),
        ] as [String]
    ) func refusesWhatIsNoReply(_ text: String) {
        var parser = FTPReplyParser()
        #expect(throws: FTPReplyParser.Malformed.self) { try parser.consume(Array(text.utf8)[...]) }
    }
}
