import JSON
package import Mirrors
package import ObjectStorage

extension BlobStore {
    /// The classes of files from `classes.json`, or the standard ones if the operator wrote none.
    package func fileClasses() throws(MirrorStorageError) -> FileClasses {
        let blob: Blob?
        do {
            blob = try get(BlobKey(BlobName.classes))
        } catch {
            throw .storage(error)
        }
        return try Self.classes(in: blob?.bytes)
    }

    /// Writes to `classes.json` that the tree has `profile`, and returns the classes that then
    /// apply.
    ///
    /// Everything else that the operator wrote there is kept and still overrides the profile.
    /// Nothing is written if the file already names the profile.
    package func fileClasses(
        settingProfile profile: FileProfile
    ) throws(MirrorStorageError) -> FileClasses {
        let outcome: Result<FileClasses, MirrorStorageError>
        do {
            outcome = try update(BlobKey(BlobName.classes)) { blob in Self.set(profile, in: blob) }
        } catch {
            throw .storage(error)
        }
        return try outcome.get()
    }

    /// The classes that would apply if `classes.json` named `profile`; nothing is written.
    package func fileClasses(
        asIf profile: FileProfile
    ) throws(MirrorStorageError) -> FileClasses {
        let blob: Blob?
        do {
            blob = try get(BlobKey(BlobName.classes))
        } catch {
            throw .storage(error)
        }
        return try Self.set(profile, in: blob).value.get()
    }

    private static func classes(in bytes: [UInt8]?) throws(MirrorStorageError) -> FileClasses {
        guard let bytes else { return .standard }
        do {
            return try FileClasses(parsing: bytes)
        } catch {
            throw .badBlob(key: BlobName.classes, error)
        }
    }

    /// The new text, if one is needed, and the classes.
    private static func set(
        _ profile: FileProfile,
        in blob: Blob?
    ) -> (bytes: [UInt8]?, value: Result<FileClasses, MirrorStorageError>) {
        do throws(MirrorStorageError) {
            _ = try classes(in: blob?.bytes)
            var object: JSONObject = ["version": 1]
            if let blob, case .object(let stored)? = try? JSONValue(parsing: blob.bytes) {
                object = stored
            }
            let isSet = object["profile"] == .string(profile.rawValue)
            object["profile"] = .string(profile.rawValue)
            let bytes = JSONValue.object(object).serialized()
            let classes = try classes(in: bytes)
            return (isSet ? nil : bytes, .success(classes))
        } catch {
            return (nil, .failure(error))
        }
    }
}
