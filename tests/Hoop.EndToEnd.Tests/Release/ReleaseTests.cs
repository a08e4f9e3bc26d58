using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hoop.Release;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Release;

/// <summary>What stands beside a release: the same bytes each time, and papers that are true.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ReleaseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-release-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    [Description("C12: dotnet pack puts a random name and the time into each package")]
    public void Packages_of_one_content_are_the_same_bytes_whenever_they_were_made()
    {
        var (first, second) = (
            Pack("first", "5b1d", new(2026, 1, 1, 1, 2, 4, TimeSpan.Zero), backwards: false),
            Pack("second", "f00f", new(2031, 12, 31, 23, 59, 58, TimeSpan.Zero), backwards: true));
        Assert.That(File.ReadAllBytes(first), Is.Not.EqualTo(File.ReadAllBytes(second)));

        Package.Normalise(first);
        Package.Normalise(second);

        Assert.That(File.ReadAllBytes(first), Is.EqualTo(File.ReadAllBytes(second)));
        using var archive = ZipFile.OpenRead(first);
        var names = archive.Entries.Select(entry => entry.FullName).ToArray();
        var properties = names.Single(name => name.EndsWith(".psmdcp", StringComparison.Ordinal));
        using var relations = new StreamReader(archive.GetEntry("_rels/.rels")!.Open());
        Assert.That(relations.ReadToEnd(), Does.Contain($"Target=\"/{properties}\" Id=\"R1\"").And.Contain("Id=\"R0\""));
        Assert.That(names, Is.Ordered.Using((System.Collections.IComparer)StringComparer.Ordinal));
    }

    [Test]
    public void Another_content_is_another_package()
    {
        var (first, second) = (
            Pack("first", "a", DateTimeOffset.UnixEpoch.AddYears(40), backwards: false),
            Pack("second", "a", DateTimeOffset.UnixEpoch.AddYears(40), backwards: false, library: "another"));
        Package.Normalise(first);
        Package.Normalise(second);
        Assert.That(File.ReadAllBytes(first), Is.Not.EqualTo(File.ReadAllBytes(second)));
    }

    [Test]
    public void The_bill_of_materials_has_each_package_of_the_lock_files_with_its_hash_and_is_the_same_twice()
    {
        var packages = LockFiles.Read(SourceTree.Root);
        var text = BillOfMaterials.Write(packages, "1.2.3");
        using var bom = JsonDocument.Parse(text);
        var components = bom.RootElement.GetProperty("components").EnumerateArray().ToArray();
        var npgsql = components.Single(component => component.GetProperty("name").GetString() == "Npgsql");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(BillOfMaterials.Write(LockFiles.Read(SourceTree.Root), "1.2.3"), Is.EqualTo(text));
            Assert.That(bom.RootElement.GetProperty("bomFormat").GetString(), Is.EqualTo("CycloneDX"));
            Assert.That(bom.RootElement.GetProperty("specVersion").GetString(), Is.EqualTo("1.6"));
            Assert.That(bom.RootElement.GetProperty("serialNumber").GetString(), Does.Match("^urn:uuid:[0-9a-f-]{36}$"));
            Assert.That(components, Has.Length.GreaterThan(20));
            Assert.That(npgsql.GetProperty("purl").GetString(), Does.Match(@"^pkg:nuget/Npgsql@\d+\.\d+\.\d+$"));
            Assert.That(npgsql.GetProperty("hashes")[0].GetProperty("content").GetString(), Does.Match("^[0-9a-f]{128}$"));
            Assert.That(npgsql.GetProperty("scope").GetString(), Is.EqualTo("required"));
            Assert.That(
                components.Single(component => component.GetProperty("name").GetString() == "Meziantou.Analyzer").GetProperty("scope").GetString(),
                Is.EqualTo("excluded"), "an analyzer is not shipped");

            // A reference to something that is not there would be no document of CycloneDX.
            var known = components.Select(component => component.GetProperty("bom-ref").GetString()).Append("pkg:generic/hoop@1.2.3").ToHashSet();
            Assert.That(
                bom.RootElement.GetProperty("dependencies").EnumerateArray().SelectMany(one =>
                    one.GetProperty("dependsOn").EnumerateArray().Select(on => on.GetString()).Append(one.GetProperty("ref").GetString())),
                Is.All.Matches<string?>(known.Contains));
            Assert.That(known, Has.Count.EqualTo(components.Length + 1));
        }
    }

    [Test]
    public void The_provenance_names_the_commit_and_the_digest_of_each_file()
    {
        var file = Path.Combine(_folder, "artefact.txt");
        File.WriteAllText(file, "made");
        using var statement = JsonDocument.Parse(Provenance.Write([], "1.2.3", "c0ffee", [file]));
        var predicate = statement.RootElement.GetProperty("predicate");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(statement.RootElement.GetProperty("_type").GetString(), Is.EqualTo("https://in-toto.io/Statement/v1"));
            Assert.That(statement.RootElement.GetProperty("predicateType").GetString(), Is.EqualTo("https://slsa.dev/provenance/v1"));
            Assert.That(
                statement.RootElement.GetProperty("subject")[0].GetProperty("digest").GetProperty("sha256").GetString(),
                Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData("made"u8))));
            Assert.That(
                predicate.GetProperty("buildDefinition").GetProperty("resolvedDependencies")[0].GetProperty("digest").GetProperty("gitCommit").GetString(),
                Is.EqualTo("c0ffee"));
            Assert.That(predicate.GetProperty("runDetails").GetProperty("builder").GetProperty("id").GetString(), Is.Not.Empty);
        }
    }

    [Test]
    public void An_image_is_a_layout_whose_digests_are_right_and_whose_user_is_nobody()
    {
        var rootfs = Directory.CreateDirectory(Path.Combine(_folder, "rootfs")).FullName;
        Directory.CreateDirectory(Path.Combine(rootfs, "app"));
        File.WriteAllText(Path.Combine(rootfs, "app/program"), "#!");
        File.SetUnixFileMode(Path.Combine(rootfs, "app/program"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(rootfs, "app/link"), "program");

        var (first, second) = (Path.Combine(_folder, "1.tar"), Path.Combine(_folder, "2.tar"));
        OciImage.Write(rootfs, "made-up:1", first, "8009", ["/app/program"]);
        File.SetLastWriteTimeUtc(Path.Combine(rootfs, "app/program"), DateTime.UtcNow.AddDays(-9));
        OciImage.Write(rootfs, "made-up:1", second, "8009", ["/app/program"]);
        Assert.That(File.ReadAllBytes(first), Is.EqualTo(File.ReadAllBytes(second)));

        var files = Untar(first);
        foreach (var (name, content) in files.Where(file => file.Key.StartsWith("blobs/sha256/", StringComparison.Ordinal)))
        {
            Assert.That(name, Does.EndWith(Convert.ToHexStringLower(SHA256.HashData(content))));
        }

        using var index = JsonDocument.Parse(files["index.json"]);
        using var manifest = JsonDocument.Parse(Blob(index.RootElement.GetProperty("manifests")[0]));
        using var config = JsonDocument.Parse(Blob(manifest.RootElement.GetProperty("config")));
        using var layer = new MemoryStream();
        var blob = Blob(manifest.RootElement.GetProperty("layers")[0]);
        using (var packed = new GZipStream(new MemoryStream(blob), CompressionMode.Decompress))
        {
            packed.CopyTo(layer);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(config.RootElement.GetProperty("config").GetProperty("User").GetString(), Is.EqualTo("65532:65532"));
            Assert.That(
                config.RootElement.GetProperty("rootfs").GetProperty("diff_ids")[0].GetString(),
                Is.EqualTo($"sha256:{Convert.ToHexStringLower(SHA256.HashData(layer.ToArray()))}"));
            Assert.That(
                config.RootElement.GetProperty("config").GetProperty("Env").EnumerateArray().Select(one => one.GetString()),
                Does.Contain("DOTNET_EnableDiagnostics=0"), "C13: it does not start on a read-only root without it");
        }

        byte[] Blob(JsonElement reference) => files["blobs/sha256/" + reference.GetProperty("digest").GetString()!["sha256:".Length..]];
    }

    private string Pack(string name, string random, DateTimeOffset time, bool backwards, string library = "the library")
    {
        var file = Path.Combine(_folder, name + ".nupkg");
        var entries = new (string Name, string Content)[]
        {
            ("_rels/.rels", $"""
                <Relationships><Relationship Type="manifest" Target="/Made.nuspec" Id="R{random}1" />
                <Relationship Type="properties" Target="/package/services/metadata/core-properties/{random}.psmdcp" Id="R{random}2" /></Relationships>
                """),
            ("Made.nuspec", "<package />"),
            ("lib/net10.0/Made.dll", library),
            ("[Content_Types].xml", "<Types />"),
            ($"package/services/metadata/core-properties/{random}.psmdcp", "<coreProperties />"),
        };
        using var archive = ZipFile.Open(file, ZipArchiveMode.Create);
        foreach (var (entryName, content) in backwards ? entries.AsEnumerable().Reverse() : entries)
        {
            var entry = archive.CreateEntry(entryName, backwards ? CompressionLevel.Fastest : CompressionLevel.Optimal);
            entry.LastWriteTime = time;
            using var stream = entry.Open();
            stream.Write(Encoding.UTF8.GetBytes(content));
        }

        return file;
    }

    private static Dictionary<string, byte[]> Untar(string file)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var reader = new TarReader(File.OpenRead(file));
        while (reader.GetNextEntry() is { } entry)
        {
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            files.Add(entry.Name, content.ToArray());
        }

        return files;
    }
}
