using FsCheck;
using FsCheck.Fluent;
using Hoop.Identity.Vault;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Vault;

[Description("CVE-2025-5999, CVE-2025-6004: one case rule, the same everywhere")]
public sealed class AsciiCaseTests
{
    [Test]
    public void Every_character_but_the_26_capitals_is_left_alone()
    {
        for (var code = 0; code <= char.MaxValue; code++)
        {
            var character = (char)code;
            var expected = character is >= 'A' and <= 'Z' ? (char)(character + 32) : character;
            Assert.That(AsciiCase.Fold(character.ToString())[0], Is.EqualTo(expected));
        }
    }

    [Test]
    public void Folding_twice_is_folding_once() => Prop.ForAll<NonNull<string>>(text =>
        AsciiCase.Fold(AsciiCase.Fold(text.Get)) == AsciiCase.Fold(text.Get)).QuickCheckThrowOnFailure();
}
