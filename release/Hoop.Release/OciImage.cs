using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Hoop.Release;

/// <summary>
/// An OCI image layout in a tar file, with the list that <c>docker load</c> wants beside it. One layer, no base image, a user without
/// rights. Names in order, one date, no owner: the same folder gives the same bytes.
/// </summary>
internal static class OciImage
{
    private const string User = "65532:65532";
    private const string Blobs = "blobs/sha256/";

    public static void Write(string rootfs, string name, string output, string port, IReadOnlyList<string> entry)
    {
        var layer = LayerOf(rootfs);
        var packed = Gzip(layer);
        var config = Bytes(new JsonObject
        {
            ["architecture"] = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64",
            ["os"] = "linux",
            ["config"] = Settings(port, entry),
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray($"sha256:{Digest(layer)}") },
            ["history"] = new JsonArray(new JsonObject { ["created_by"] = "release.sh" }),
        });
        var manifest = Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
            ["config"] = Blob("application/vnd.oci.image.config.v1+json", config),
            ["layers"] = new JsonArray(Blob("application/vnd.oci.image.layer.v1.tar+gzip", packed)),
        });
        var reference = Blob("application/vnd.oci.image.manifest.v1+json", manifest);
        reference["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = name };
        var index = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = "application/vnd.oci.image.index.v1+json",
            ["manifests"] = new JsonArray(reference),
        };

        using var file = File.Create(output);
        using var tar = new TarWriter(file, TarEntryFormat.Ustar);
        Add(tar, Blobs + Digest(config), config);
        Add(tar, Blobs + Digest(manifest), manifest);
        Add(tar, Blobs + Digest(packed), packed);
        Add(tar, "index.json", Bytes(index));
        Add(tar, "manifest.json", Bytes(new JsonArray(new JsonObject
        {
            ["Config"] = Blobs + Digest(config),
            ["RepoTags"] = new JsonArray(name),
            ["Layers"] = new JsonArray(Blobs + Digest(packed)),
        })));
        Add(tar, "oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray());
    }

    private static JsonObject Settings(string port, IReadOnlyList<string> entry)
    {
        var settings = new JsonObject
        {
            ["User"] = User,
            ["WorkingDir"] = "/",
            ["Entrypoint"] = new JsonArray([.. entry.Select(word => JsonValue.Create(word))]),

            // No diagnostics: their socket needs a writable folder, and shows the environment to whoever runs as the same user.
            ["Env"] = new JsonArray("PATH=/app", "DOTNET_EnableDiagnostics=0", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"),
        };
        if (port != "-")
        {
            settings["ExposedPorts"] = new JsonObject { [$"{port}/tcp"] = new JsonObject() };
            settings["Env"]!.AsArray().Add($"HOOP_LISTEN=http://0.0.0.0:{port}");
            settings["Env"]!.AsArray().Add("HOOP_LOG_FORMAT=json");
        }

        return settings;
    }

    private static byte[] LayerOf(string rootfs)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            var paths = Directory.EnumerateFileSystemEntries(rootfs, "*", SearchOption.AllDirectories);
            foreach (var path in paths.Order(StringComparer.Ordinal))
            {
                tar.WriteEntry(EntryOf(rootfs, path));
            }
        }

        return bytes.ToArray();
    }

    private static UstarTarEntry EntryOf(string rootfs, string path)
    {
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        var (name, info) = (Path.GetRelativePath(rootfs, path), new FileInfo(path));
        if (info.LinkTarget is { } target)
        {
            return new UstarTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target, ModificationTime = DateTimeOffset.UnixEpoch };
        }

        if (Directory.Exists(path))
        {
            return new UstarTarEntry(TarEntryType.Directory, name) { Mode = Readable | Executable, ModificationTime = DateTimeOffset.UnixEpoch };
        }

        var runs = (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) != UnixFileMode.None;
        return new UstarTarEntry(TarEntryType.RegularFile, name)
        {
            Mode = runs ? Readable | Executable : Readable,
            ModificationTime = DateTimeOffset.UnixEpoch,
            DataStream = new MemoryStream(File.ReadAllBytes(path)),
        };
    }

    private static byte[] Gzip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Optimal))
        {
            gzip.Write(content);
        }

        return bytes.ToArray();
    }

    private static void Add(TarWriter tar, string name, byte[] content) => tar.WriteEntry(
        new UstarTarEntry(TarEntryType.RegularFile, name)
        {
            ModificationTime = DateTimeOffset.UnixEpoch,
            DataStream = new MemoryStream(content),
        });

    private static JsonObject Blob(string type, byte[] content) => new()
    {
        ["mediaType"] = type,
        ["digest"] = $"sha256:{Digest(content)}",
        ["size"] = content.Length,
    };

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

    private static string Digest(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
