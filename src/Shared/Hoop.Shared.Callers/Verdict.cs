using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Hoop.Shared.Callers;

/// <summary>What was proven, or the reason why nothing was. The default value is neither, and counts as refused.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Verdict<T>
    where T : class
{
    private Verdict(T? proven, Refusal? refusal) => (Proven, Refusal) = (proven, refusal);

    [MemberNotNullWhen(true, nameof(Proven))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool Accepted => Proven is not null;

    public T? Proven { get; }

    /// <summary>For the log and the metric; the caller is told nothing of it.</summary>
    public Refusal? Refusal => Proven is null ? field ?? Refusal.Nothing : null;

    public static implicit operator Verdict<T>(T proven) => new(proven, null);

    public static implicit operator Verdict<T>(Refusal refusal) => new(null, refusal);
}
