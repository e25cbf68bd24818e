import JSON
import ObjectStorage
import SampleDeployment
import StatusPages
import TestSupport
import Testing
import Time

extension Deployment {
    static var settings: StatusSettings {
        var settings = StatusSettings()
        settings.title = "Test mirrors"
        settings.contact = "admin@example.org"
        settings.url = "https://example.org/_/status/"
        return settings
    }

    /// Runs the publication, and returns its figures.
    @discardableResult
    func render(now: Timestamp = .now) throws -> JSONObject {
        let result = try StatusPublication(store: store, settings: Self.settings, now: now).run()
        guard case .object(let object) = result else { return [:] }
        return object
    }

    /// The text of a file of the pages; empty if it does not exist.
    func page(_ name: String) throws -> String {
        let blob = try store.get(BlobKey("status/\(name)"))
        return String(decoding: blob?.bytes ?? [], as: UTF8.self)
    }

    /// Expects the validation script to find the pages valid.
    func checkPages() throws {
        let folder = try TemporaryFolder("pages")
        try export(to: folder)
        let python = "\(Repository.root)/.build-tools/bin/python"
        let check = FunctionBinary(python, environment: ["PATH": "/usr/bin:/bin"])
        let result = try check.run(
            arguments: ["\(Repository.root)/Tests/Lint/check-pages.py", folder.path]
        )
        #expect(result.isSuccess, "\(result)")
    }

    /// Writes the pages into a folder.
    func export(to folder: TemporaryFolder) throws {
        for entry in store.entries(prefix: "status/") {
            let name = String(entry.key.text.dropFirst("status/".count))
            if let slash = name.lastIndex(of: "/") {
                _ = try folder.makeFolder(String(name[..<slash]))
            }
            try folder.write(try page(name), to: name)
        }
    }
}
