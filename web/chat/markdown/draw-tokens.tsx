import type { Token, Tokens } from 'marked';
import type { ReactNode } from 'react';
import { CodeBlock } from './code-block.tsx';
import { decodeEntities } from './decode-entities.ts';
import { LoadPicture } from './load-picture.tsx';
import { namesHost, readAddress } from './safe-address.ts';

/** So deep markup may stand inside markup; below, the text alone is shown. */
const DEPTH_MAX = 16;

interface Place {
  readonly depth: number;
  /** Inside a link nothing else may be pressed. */
  readonly isInLink: boolean;
}

const TOP: Place = { depth: 0, isInLink: false };

type Draw = (token: Token, place: Place) => ReactNode;

/**
 * Markdown as elements, each from this list. What is not on it, HTML above all, is shown as the text that it is: there is no path by
 * which a model's words become markup, a script or a request.
 */
const DRAW: Readonly<Record<string, Draw>> = {
  space: () => null,
  def: () => null,
  text: (token, place) => inside(token, place),
  escape: (token) => decodeEntities((token as Tokens.Escape).text),
  paragraph: (token, place) => <p>{inside(token, place)}</p>,
  heading: (token, place) => drawHeading(token as Tokens.Heading, place),
  strong: (token, place) => <strong>{inside(token, place)}</strong>,
  em: (token, place) => <em>{inside(token, place)}</em>,
  del: (token, place) => <del>{inside(token, place)}</del>,
  codespan: (token) => <code>{(token as Tokens.Codespan).text}</code>,
  code: (token) => <CodeBlock text={(token as Tokens.Code).text} language={(token as Tokens.Code).lang ?? ''} />,
  br: () => <br />,
  hr: () => <hr />,
  blockquote: (token, place) => <blockquote>{inside(token, place)}</blockquote>,
  list: (token, place) => drawList(token as Tokens.List, place),
  checkbox: (token) => ((token as Tokens.Checkbox).checked ? '☑ ' : '☐ '),
  table: (token, place) => drawTable(token as Tokens.Table, place),
  link: (token, place) => drawLink(token as Tokens.Link, place),
  image: (token, place) => drawImage(token as Tokens.Image, place),
};

export function drawTokens(tokens: readonly Token[], place: Place = TOP): ReactNode {
  return tokens.map((token, index) => {
    const draw = place.depth < DEPTH_MAX && Object.hasOwn(DRAW, token.type) ? DRAW[token.type] : undefined;
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens of one block only grow at their end
    return <Piece key={index}>{draw ? draw(token, place) : token.raw}</Piece>;
  });
}

function Piece({ children }: { readonly children: ReactNode }) {
  return children;
}

function inside(token: Token, place: Place): ReactNode {
  const children = (token as { readonly tokens?: readonly Token[] }).tokens;
  if (children && children.length > 0) return drawTokens(children, { ...place, depth: place.depth + 1 });
  return decodeEntities((token as { readonly text?: string }).text ?? token.raw);
}

/** An answer's headings stand below the page's own and below the one that names the message. */
function drawHeading(token: Tokens.Heading, place: Place): ReactNode {
  const Tag = token.depth <= 1 ? 'h4' : token.depth <= 3 ? 'h5' : 'h6';
  return <Tag>{inside(token, place)}</Tag>;
}

function drawList(token: Tokens.List, place: Place): ReactNode {
  const items = token.items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: items have no other name
    <li key={index}>{inside(item, place)}</li>
  ));
  if (!token.ordered) return <ul>{items}</ul>;
  const start = typeof token.start === 'number' && Number.isSafeInteger(token.start) ? token.start : 1;
  return <ol start={start}>{items}</ol>;
}

function drawTable(token: Tokens.Table, place: Place): ReactNode {
  const cell = (content: Tokens.TableCell) => drawTokens(content.tokens, { ...place, depth: place.depth + 1 });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, so the keyboard must reach it
    <section className="overflow-x-auto" aria-label="Table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {token.header.map((content, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name
              <th key={index} scope="col">
                {cell(content)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name
            <tr key={index}>
              {row.map((content, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other name
                <td key={column}>{cell(content)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The real host stands beside a text that says something else. */
function drawLink(token: Tokens.Link, place: Place): ReactNode {
  const content = inside(token, { ...place, isInLink: true });
  const href = decodeEntities(token.href);
  const address = place.isInLink ? undefined : readAddress(href);
  if (!address) {
    return href === '' || href === token.text ? (
      content
    ) : (
      <>
        {content} <span className="text-soft">({short(href)})</span>
      </>
    );
  }
  return (
    <>
      <a href={address.href} rel="noreferrer noopener nofollow" target="_blank">
        {content}
      </a>
      {!namesHost(token.text, address) && <span className="text-soft"> ({address.host})</span>}
    </>
  );
}

/** Not loaded unasked: its address could carry away what the model has read. */
function drawImage(token: Tokens.Image, place: Place): ReactNode {
  const address = readAddress(decodeEntities(token.href));
  const name = short(decodeEntities(token.text));
  const isPicture = address !== undefined && !address.href.startsWith('mailto:');
  return (
    <span className="image-asked">
      Picture{name !== '' && <> “{name}”</>}
      {!isPicture ? (
        <>, not loaded: its address ({short(decodeEntities(token.href))}) is none that may be opened</>
      ) : place.isInLink ? (
        <> from {address.host}, not loaded</>
      ) : (
        <>
          {' '}
          from{' '}
          <a href={address.href} rel="noreferrer noopener nofollow" target="_blank">
            {address.host}
          </a>
          <LoadPicture address={address.href} name={name} />
        </>
      )}
    </span>
  );
}

function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
