namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>A contender whose operation is to draw one value. <typeparamref name="TDraw"/> is a structure, so that the call is compiled into the loop.</summary>
internal sealed class DrawContender<TDraw>(string name, TDraw draw) : Contender(name)
    where TDraw : struct, IDraw
{
    public override long Run(int worker, int operations)
    {
        TDraw source = draw;
        long sum = 0;
        for (int i = 0; i < operations; i++)
        {
            sum += source.Draw();
        }

        return sum;
    }
}
