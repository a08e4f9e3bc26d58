using Hoop.Shared.Configuration;
using Hoop.Shared.Secrets;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Sealing;

public sealed class OwnerOnlyFileTests
{
    private string _folder = null!;

    private string File => Path.Combine(_folder, "deeper", "secret");

    [SetUp]
    public void Make() => _folder = Directory.CreateTempSubdirectory("hoop-file-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void What_was_written_is_read_and_is_its_owners_alone()
    {
        OwnerOnlyFile.Write(File, "one");
        OwnerOnlyFile.Write(File, "two");

        Assert.That(OwnerOnlyFile.Read(File, "HOOP_X"), Is.EqualTo("two"));
        Assert.That(System.IO.File.GetUnixFileMode(File), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(File)!), Has.Length.EqualTo(1), "nothing half written stays");
    }

    [Test]
    public void A_file_that_is_there_is_not_created_again()
    {
        Assert.That(OwnerOnlyFile.Create(File, "first"), Is.True);
        Assert.That(OwnerOnlyFile.Create(File, "second"), Is.False);

        Assert.That(OwnerOnlyFile.Read(File, "HOOP_X"), Is.EqualTo("first"));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(File)!), Has.Length.EqualTo(1), "nothing half written stays");
    }

    [Test]
    public void Of_many_who_create_one_wins()
    {
        for (var round = 0; round < 50; round++)
        {
            var file = $"{File}-{round}";
            var won = Enumerable.Range(0, 16).AsParallel().WithDegreeOfParallelism(16)
                .Where(index => OwnerOnlyFile.Create(file, $"by {index}")).ToArray();

            Assert.That(won, Has.Length.EqualTo(1));
            Assert.That(OwnerOnlyFile.Read(file, "HOOP_X"), Is.EqualTo($"by {won[0]}"));
        }
    }

    [Test]
    public void An_absent_file_is_null() => Assert.That(OwnerOnlyFile.Read(File, "HOOP_X"), Is.Null);

    [TestCase(UnixFileMode.GroupRead)]
    [TestCase(UnixFileMode.OtherRead)]
    [TestCase(UnixFileMode.GroupWrite)]
    [TestCase(UnixFileMode.OtherWrite)]
    [TestCase(UnixFileMode.OtherExecute)]
    public void One_that_is_open_to_others_is_refused_with_the_command_that_mends_it(UnixFileMode open)
    {
        OwnerOnlyFile.Write(File, "canary");
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite | open);

        Assert.That(
            () => OwnerOnlyFile.Read(File, "HOOP_X"),
            Throws.InstanceOf<ConfigurationException>().With.Message.EqualTo($"HOOP_X: {File} is open to other users; run: chmod 600 {File}"));
    }

    [Test]
    public void A_failed_write_leaves_what_was_there()
    {
        OwnerOnlyFile.Write(File, "old");
        Directory.CreateDirectory(File + "-folder");

        Assert.That(
            () => OwnerOnlyFile.Write(File + "-folder", "new"),
            Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
        Assert.That(OwnerOnlyFile.Read(File, "HOOP_X"), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(File)!), Has.Length.EqualTo(1), "nothing half written stays");
    }
}
