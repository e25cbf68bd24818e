import Catalogs
import Checking
import HTTPTransport
import CheckPlanning
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import RsyncListing
import TestSupport
import Testing

/// If the rsync program is missing or does not work, nothing is concluded about any mirror.
@Suite struct RsyncProgramTests {
    static func settings(_ program: String) -> RsyncRun.Settings {
        var settings = RsyncRun.Settings()
        settings.program = program
        return settings
    }

    @Test(arguments: ["no-such-program", "/no/such/program", "/tmp"])
    func aMissingProgramLeavesItsAccessPointsUnchecked(program: String) throws {
        let store = InMemoryStore()
        let mirrors = try CheckRequestTests.mirrors()
        try store.put(BlobKey("mirrors.json"), MirrorList(mirrors: mirrors).json.serialized())
        let catalogs = CatalogStore(store)
        try catalogs.publish(Catalog.make(files: [("x", 1, 0)]), replacing: catalogs.current())
        var request = CheckRequest()
        request.accessPointIDs = ["a-rsync"]
        let session = CheckSession(request: request, store: store, clock: ManualClock())
        let result = try session.run { accessPoints throws(CheckingError) in
            let settings = CheckSettings()
            let registry = HostRegistry(accessPoints: accessPoints, settings: settings)
            let loop: MultiLoop
            let web: WebTransports
            do {
                loop = try MultiLoop(connectionLimit: 1)
                web = try WebTransports(accessPoints, settings, registry: registry)
            } catch {
                throw .transport("\(error)")
            }
            return ProtocolTransport(
                accessPoints: accessPoints,
                web: web.single,
                ftp: FTPTransport(
                    accessPoints: accessPoints,
                    registry: registry,
                    loop: loop,
                    settings: settings
                ),
                rsync: RsyncTransport(
                    accessPoints: accessPoints,
                    settings: Self.settings(program)
                )
            )
        }
        guard case .object(let object) = result else {
            Issue.record("\(result)")
            return
        }
        let reason = "the program \(program) is not installed"
        #expect(object["notChecked"] == [["id": "a-rsync", "reason": .string(reason)]])
        #expect(object["accessPoints"] == [])
        #expect(store.list(prefix: "checks/").isEmpty)
    }

    /// "false" ends with 1, as does an rsync that does not know an option.
    @Test func aProgramThatDoesNotWorkIsNoFaultOfTheServer() {
        let transport = RsyncTransport(
            accessPoints: [.make("m", scheme: .rsync)],
            settings: Self.settings("false")
        )
        #expect(transport.speaks(.rsync))
        for reply in transport.replies(to: ["a", "b"]) {
            guard case .unusable = reply else {
                Issue.record("\(reply)")
                return
            }
        }
    }

    @Test func theProgramIsFoundInThePath() {
        #expect(Self.settings("rsync").hasProgram)
        #expect(Self.settings("/usr/bin/rsync").hasProgram)
    }
}
