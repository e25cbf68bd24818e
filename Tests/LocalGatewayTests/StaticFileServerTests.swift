import Foundation
import TestSupport
import Testing

@testable import local_gateway

@Suite struct StaticFileServerTests {
    private let folder: TemporaryFolder
    private let connection: HTTPConnection

    init() throws {
        folder = try TemporaryFolder("files")
        try folder.makeFolder("tree/sub")
        try folder.write("0123456789", to: "tree/a%2Fb+c.txt")
        try folder.write("secret", to: "outside")
        let server = try StaticFileServer(roots: ["mirror": folder.appending("tree")])
        connection = HTTPConnection(port: server.port)
    }

    static let table: [(target: String, status: Int, length: String)] = [
        ("/mirror/a%252Fb%2Bc.txt", 200, "10"),
        ("/mirror/a%2Fb%2Bc.txt", 404, "10"),
        ("/mirror/sub/", 200, ""),
        ("/mirror/sub", 301, "0"),
        ("/mirror/nothing", 404, "10"),
        ("/other/a", 404, "10"),
        ("/mirror/../outside", 404, "10"),
        ("/mirror/%2e%2e/outside", 404, "10"),
        ("/mirror/a%zz", 404, "10"),
        ("/", 404, "10"),
    ]

    @Test(arguments: table)
    func answersAsWebServersDo(_ row: (target: String, status: Int, length: String)) throws {
        for method in ["HEAD", "GET"] {
            let response = try connection.response(to: HTTPRequest(method, row.target))
            #expect(response.status == row.status)
            if !row.length.isEmpty { #expect(response["content-length"] == row.length) }
        }
    }

    static let ranges: [(range: String, status: Int, body: String)] = [
        ("bytes=2-4", 206, "234"),
        ("bytes=7-", 206, "789"),
        ("bytes=7-99", 206, "789"),
        ("bytes=4-2", 200, "0123456789"),
        ("lines=1-2", 200, "0123456789"),
    ]

    @Test(arguments: ranges)
    func sendsPartsOfAFile(_ row: (range: String, status: Int, body: String)) throws {
        let response = try connection.response(
            to: HTTPRequest("GET", "/mirror/a%252Fb%2Bc.txt", headers: ["Range": row.range])
        )
        #expect(response.status == row.status)
        #expect(String(decoding: response.body, as: UTF8.self) == row.body)
    }

    @Test func listsADirectory() throws {
        let response = try connection.response(to: HTTPRequest("GET", "/mirror/"))
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(text.contains("href=\"a%252Fb%2Bc.txt\""))
    }

    @Test func refusesOtherMethods() throws {
        let response = try connection.response(to: HTTPRequest("DELETE", "/mirror/sub/"))
        #expect(response.status == 405 && response["allow"] == "GET, HEAD")
    }
}
