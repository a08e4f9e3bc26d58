using FsCheck;
using FsCheck.Fluent;
using Hoop.Identity.Audit;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Audit;

[Description("Forged and damaged page tokens: CVE-2026-33503, CVE-2026-33504, CVE-2026-33505")]
public sealed class AuditCursorTests
{
    private static readonly Guid Org = Guid.NewGuid();

    [Test]
    public void A_cursor_is_read_back() => Prop.ForAll<long>(id =>
        AuditCursor.TryParse(AuditCursor.Of(Org, id), Org, out var read) && read == id).QuickCheckThrowOnFailure();

    [Test]
    public void Every_single_changed_character_is_refused()
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ";
        var cursor = AuditCursor.Of(Org, 123_456);
        for (var at = 0; at < cursor.Length; at++)
        {
            foreach (var other in alphabet.Where(character => character != cursor[at]))
            {
                var changed = string.Concat(cursor.AsSpan(0, at), [other], cursor.AsSpan(at + 1));
                Assert.That(AuditCursor.TryParse(changed, Org, out _), Is.False, changed);
            }
        }
    }

    [Test]
    public void Any_text_is_answered_without_an_exception() => Prop.ForAll<string?>(text =>
        !AuditCursor.TryParse(text ?? "", Org, out _)).QuickCheckThrowOnFailure();

    [Test]
    public void A_cursor_of_another_organization_is_refused() =>
        Assert.That(AuditCursor.TryParse(AuditCursor.Of(Guid.NewGuid(), 1), Org, out _), Is.False);
}
