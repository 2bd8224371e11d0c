import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './page.css';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { exampleTabs } from './examples';
import { fetcher } from './fetcher';

const explorer = explorerPlugin({ showAttribution: false });

createRoot(document.getElementById('root')!).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={[HISTORY_PLUGIN, explorer]}
    visiblePlugin={explorer}
    defaultTabs={exampleTabs}
    defaultEditorToolsVisibility={false}
  >
    <GraphiQL.Logo>
      <span className="modelgraph-logo">Modelgraph</span>
    </GraphiQL.Logo>
  </GraphiQL>,
);
