using Hoop.Spiffe.Channels;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>A way in which the gateway would be wrong; the exploration must see each.</summary>
internal enum ChannelDefect
{
    None,

    /// <summary>A credential that came while the old one was judged is not judged.</summary>
    TrustsRenewals,

    /// <summary>Nothing looks at a renewal after it has taken place.</summary>
    RenewalIsNotJudged,

    /// <summary>Nothing looks at a channel after its hello.</summary>
    HelloIsNotJudged,

    /// <summary>A revocation that comes while a check runs is answered by that check.</summary>
    JoinsTheRunningCheck,

    /// <summary>Work is given to a channel that nobody looked at.</summary>
    WorkIsNotJudged,
}

/// <summary>How far a look at the channel's credential has come. A look reads the world at one moment and acts at a later one.</summary>
internal enum Look
{
    Idle,
    Due,
    Good,
    Bad,
}

/// <summary>
/// One channel of an agent, a hello, a renewal, a check and a piece of work on it, and two credentials that may be revoked, in which every
/// step of every participant may come next. What follows from a look is the product's own <see cref="Judgement"/>.
/// </summary>
internal sealed record ChannelModel(ChannelDefect Defect)
{
    private const int Absent = 0;
    private const int Added = 1;
    private const int Counts = 2;
    private const int Closed = 3;

    private const int Valid = 0;
    private const int Committed = 1;
    private const int Waiting = 2;
    private const int Answered = 3;

    private int Channel { get; init; }

    /// <summary>Which credential the channel stands on: the first, or the renewed one.</summary>
    private int Standing { get; init; }

    private int First { get; init; }

    private int Second { get; init; }

    private Look Hello { get; init; }

    /// <summary>The credential of a renewal was found good, and is not yet the channel's.</summary>
    private bool RenewalIsProven { get; init; }

    private Look Renewal { get; init; }

    private Look Check { get; init; }

    private int Judged { get; init; }

    private int Renewals { get; init; }

    /// <summary>For which a check runs, and for which the next one will.</summary>
    private int Batch { get; init; }

    private int NextBatch { get; init; }

    private Look Work { get; init; }

    private int WorkJudged { get; init; }

    /// <summary>What was revoked, and answered, before the work began.</summary>
    private int WorkKnew { get; init; }

    /// <summary>Why this may not be; null while it may.</summary>
    public string? Broken { get; private init; }

    private bool IsQuiet => Hello == Look.Idle && Renewal == Look.Idle && !RenewalIsProven && Check == Look.Idle && NextBatch == 0;

    /// <summary>Every step that somebody can take now.</summary>
    public IEnumerable<(string Name, ChannelModel After)> Steps()
    {
        foreach (var (name, after) in OfAgent().Concat(OfRevocations()).Concat(OfCheck()).Concat(OfWork()))
        {
            yield return (name, after with { Broken = after.Broken ?? after.Rest() });
        }
    }

    private string? Rest() => IsQuiet && Channel == Counts && StateOf(Standing) == Answered
        ? "the channel stays open on a credential whose revocation was answered"
        : null;

    private IEnumerable<(string, ChannelModel)> OfAgent()
    {
        if (Channel == Absent && First == Valid)
        {
            yield return ("connect", this with { Channel = Added });
        }

        if (Channel == Added)
        {
            yield return ("hello", this with { Channel = Counts, Hello = Defect == ChannelDefect.HelloIsNotJudged ? Look.Idle : Look.Due });
        }

        foreach (var step in Looking("hello", Hello, look => this with { Hello = look }))
        {
            yield return step;
        }

        if (Channel == Counts && Hello == Look.Idle && Standing == 0 && !RenewalIsProven && Second == Valid)
        {
            yield return ("prove renewal", this with { RenewalIsProven = true });
        }

        if (RenewalIsProven)
        {
            yield return ("renew", this with
            {
                RenewalIsProven = false,
                Standing = 1,
                Renewal = Defect == ChannelDefect.RenewalIsNotJudged || Channel == Closed ? Look.Idle : Look.Due,
            });
        }

        foreach (var step in Looking("renewal", Renewal, look => this with { Renewal = look }))
        {
            yield return step;
        }
    }

    // Reads whether the credential of now is good, and closes the channel later if it was not.
    private IEnumerable<(string, ChannelModel)> Looking(string whose, Look look, Func<Look, ChannelModel> with)
    {
        if (look == Look.Due)
        {
            yield return ($"{whose} looks", with(IsGood(Standing) ? Look.Good : Look.Bad));
        }
        else if (look is Look.Good or Look.Bad)
        {
            yield return ($"{whose} acts", look == Look.Bad ? with(Look.Idle).Close() : with(Look.Idle));
        }
    }

    private IEnumerable<(string, ChannelModel)> OfRevocations()
    {
        for (var credential = 0; credential < 2; credential++)
        {
            if (StateOf(credential) == Valid)
            {
                yield return ($"revoke {credential}", With(credential, Committed));
            }
            else if (StateOf(credential) == Committed)
            {
                // Only a channel that counts is looked at; one that does not is looked at when it does.
                yield return ($"announce {credential}", Channel != Counts
                    ? With(credential, Answered)
                    : Defect == ChannelDefect.JoinsTheRunningCheck && Check != Look.Idle
                        ? With(credential, Waiting) with { Batch = Batch | (1 << credential) }
                        : With(credential, Waiting) with { NextBatch = NextBatch | (1 << credential) });
            }
        }
    }

    private IEnumerable<(string, ChannelModel)> OfCheck()
    {
        switch (Check)
        {
            case Look.Idle when NextBatch != 0:
                yield return ("check begins", this with { Check = Look.Due, Batch = NextBatch, NextBatch = 0, Renewals = 0 });
                break;
            case Look.Due:
                yield return ("check looks", this with { Judged = Standing, Check = IsGood(Standing) ? Look.Good : Look.Bad });
                break;
            case Look.Good or Look.Bad:
                var verdict = Defect == ChannelDefect.TrustsRenewals && Judged != Standing
                    ? Judgement.Kept
                    : Judgement.Of(Check == Look.Good, Judged == Standing, Renewals);
                yield return ("check acts", verdict == Judgement.Again
                    ? this with { Check = Look.Due, Renewals = Renewals + 1 }
                    : (verdict == Judgement.Ended ? Close() : this).AnswerBatch());
                break;
            default:
                break;
        }
    }

    private IEnumerable<(string, ChannelModel)> OfWork()
    {
        switch (Work)
        {
            case Look.Idle when Channel == Counts:
                var knew = (First == Answered ? 1 : 0) | (Second == Answered ? 2 : 0);
                yield return ("work comes", this with { Work = Look.Due, WorkKnew = knew });
                break;
            case Look.Due:
                yield return ("work looks", this with
                {
                    WorkJudged = Standing,
                    Work = IsGood(Standing) || Defect == ChannelDefect.WorkIsNotJudged ? Look.Good : Look.Bad,
                });
                break;
            case Look.Good or Look.Bad:
                var verdict = Defect == ChannelDefect.WorkIsNotJudged
                    ? Judgement.Kept
                    : Judgement.Of(Work == Look.Good, WorkJudged == Standing, renewals: 0);
                var done = this with { Work = verdict == Judgement.Again ? Look.Due : Look.Idle };
                yield return ("work goes", verdict == Judgement.Kept && Channel == Counts && (WorkKnew & (1 << WorkJudged)) != 0
                    ? done with { Broken = "work is given on a credential whose revocation was answered before the work came" }
                    : verdict == Judgement.Ended ? done.Close() : done);
                break;
            default:
                break;
        }
    }

    private int StateOf(int credential) => credential == 0 ? First : Second;

    private bool IsGood(int credential) => StateOf(credential) == Valid;

    private ChannelModel With(int credential, int state) => credential == 0 ? this with { First = state } : this with { Second = state };

    private ChannelModel Close() => this with { Channel = Closed };

    private ChannelModel AnswerBatch() => this with
    {
        Broken = Channel == Counts && (Batch & (1 << Standing)) != 0 ? "a revocation is answered while the channel stands on it" : Broken,
        Check = Look.Idle,
        Batch = 0,
        First = (Batch & 1) != 0 ? Answered : First,
        Second = (Batch & 2) != 0 ? Answered : Second,
    };
}
