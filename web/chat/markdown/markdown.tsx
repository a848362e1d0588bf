import { memo, useMemo, useRef } from 'react';
import { drawTokens } from './draw-tokens.tsx';
import { type Block, BlockSplitter } from './split-blocks.ts';

/** A model's text. While it streams, only its last block is read and drawn again. */
export const Markdown = memo(function Markdown({
  text,
  isWhole,
}: {
  readonly text: string;
  readonly isWhole: boolean;
}) {
  const splitter = useRef<BlockSplitter>(undefined);
  const blocks = useMemo(() => {
    splitter.current ??= new BlockSplitter();
    return splitter.current.read(text, isWhole);
  }, [text, isWhole]);
  return (
    <div className="answer-text" dir="auto">
      {blocks.map((block) => (
        <DrawnBlock key={block.key} block={block} />
      ))}
    </div>
  );
});

const DrawnBlock = memo(
  function DrawnBlock({ block }: { readonly block: Block }) {
    return block.tokens ? drawTokens(block.tokens) : <p className="whitespace-pre-wrap">{block.raw}</p>;
  },
  (before, after) => before.block === after.block,
);
